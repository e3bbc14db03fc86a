import numpy as np
import pytest

from index.product import Product
from tagger.corrections.effects import UNSUGGESTED, CorrectedScore, Correction
from tagger.fusion.calibration import BetaCalibration, ByLanguage
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import candidates
from tagger.fusion.ranker import LearnedRanker, companies
from tagger.gbdt import GbdtModel, TreeSettings, fit_trees, sigmoid
from tagger.types import Ranking, ranked

TAGS = [f"tag{number}" for number in range(10)]
TAGGERS = ["good", "poor"]
SETTINGS = TreeSettings(rounds=30, leaves=8, least_in_leaf=10)
CALIBRATION = BetaCalibration(0.8, 1.2, -0.1)
RNG = np.random.default_rng(1)
PRODUCTS = [
    Product(str(number), f"product {number}", tags=tuple(RNG.choice(TAGS, 3, replace=False))) for number in range(120)
]


def _ranking(product: Product, knows: float) -> Ranking:
    scores = {tag: RNG.uniform() + knows * (tag in product.tags) for tag in TAGS}
    return ranked({tag: score / 2 for tag, score in scores.items()}, 6)


SAID = {name: [_ranking(each, knows) for each in PRODUCTS] for name, knows in (("good", 0.8), ("poor", 0.1))}
FIRST_SAID = {name: rankings[:1] for name, rankings in SAID.items()}
STATISTICS = TagStatistics.of(PRODUCTS)
TABLE = candidates(PRODUCTS, SAID, STATISTICS, TAGGERS)
OF_FIRST = [TABLE.tags[row] for row in TABLE.of(0)]


@pytest.fixture(scope="module")
def passes() -> tuple[GbdtModel, GbdtModel]:
    """The trees of the first pass, and those of the second pass, which add to them."""
    targets = TABLE.targets([product.tags for product in PRODUCTS])
    first = fit_trees(TABLE.features, targets, SETTINGS)
    logits = first.logits(TABLE.features)
    return first, fit_trees(companies(TABLE, logits, STATISTICS), targets, SETTINGS, logits)


@pytest.fixture
def ranker(passes: tuple[GbdtModel, GbdtModel]) -> LearnedRanker:
    """A ranker of both passes with a non-trivial calibration."""
    return LearnedRanker(*passes, STATISTICS, TAGGERS, ByLanguage(CALIBRATION))


@pytest.fixture
def logits(passes: tuple[GbdtModel, GbdtModel]) -> dict[str, float]:
    """The raw logits of the first product's candidates."""
    first, second = passes
    alone = first.logits(TABLE.features)
    both = alone + second.logits(companies(TABLE, alone, STATISTICS))
    return dict(zip(OF_FIRST, both[: len(OF_FIRST)].tolist(), strict=True))


def _calibrated(logit: float) -> float:
    return float(CALIBRATION(sigmoid([logit]))[0])


def test_corrected_tags_have_the_calibrated_probability_of_their_corrected_logit(
    ranker: LearnedRanker, logits: dict[str, float]
) -> None:
    tag = OF_FIRST[0]
    [corrected] = ranker.score(PRODUCTS[:1], FIRST_SAID).corrected([{tag: Correction(shift=1.5)}])
    assert corrected[tag].score == pytest.approx(_calibrated(logits[tag] + 1.5))
    assert corrected[tag].contribution == pytest.approx(1.5)


def test_a_decided_tag_is_certain_and_its_base_is_what_its_shares_add_up_to(ranker: LearnedRanker) -> None:
    yes, no = OF_FIRST[:2]
    [corrected] = ranker.score(PRODUCTS[:1], FIRST_SAID).corrected(
        [{yes: Correction(decided=True), no: Correction(decided=False)}]
    )
    assert corrected[yes].score > 0.999999
    assert corrected[no].score < 0.000001
    [[shares]] = ranker.score(PRODUCTS[:1], FIRST_SAID).contributions([[yes]])
    assert sum(share.contribution for share in shares) == pytest.approx(corrected[yes].base, abs=1e-6)


def test_a_tag_that_no_tagger_suggests_begins_far_down(ranker: LearnedRanker) -> None:
    [corrected] = ranker.score(PRODUCTS[:1], FIRST_SAID).corrected([{"new": Correction(shift=6.0)}])
    assert corrected["new"] == CorrectedScore(pytest.approx(_calibrated(UNSUGGESTED + 6.0)), 6.0, False, UNSUGGESTED)


def test_a_correction_by_nothing_leaves_the_fused_score(ranker: LearnedRanker) -> None:
    [ranking] = ranker.score(PRODUCTS[:1], FIRST_SAID).rankings(20)
    [corrected] = ranker.score(PRODUCTS[:1], FIRST_SAID).corrected([dict.fromkeys(OF_FIRST, Correction())])
    assert {tag: each.score for tag, each in corrected.items()} == pytest.approx(dict(ranking))
    assert ranker.score(PRODUCTS[:1], {name: [[]] for name in TAGGERS}).corrected([{}]) == [{}]
