import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.errors import StaleArtifact
from index.product import Product
from tagger.fusion.calibration import BetaCalibration, ByLanguage
from tagger.fusion.context_features import COMPANY, context_features
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import Candidates, candidates, columns
from tagger.fusion.ranker import FILES, LearnedRanker, companies, rankings_of
from tagger.gbdt import GbdtModel, TreeSettings, fit_trees, sigmoid
from tagger.types import Ranking, Suggestion, ranked

# Two families of tags. Each product has tags of one family, so tags imply their own family and exclude the other.
FAMILIES = [[f"{family} {number}" for number in range(5)] for family in ("round", "square")]
TAGS = [tag for family in FAMILIES for tag in family]
TAGGERS = ["good", "poor"]
SETTINGS = TreeSettings(rounds=30, leaves=8, least_in_leaf=10)
CALIBRATION = BetaCalibration(0.8, 1.2, -0.1)


def _products(count: int) -> list[Product]:
    rng = np.random.default_rng(1)
    return [
        Product(str(number), f"product {number}", tags=tuple(rng.choice(FAMILIES[number % 2], 3, replace=False)))
        for number in range(count)
    ]


def _said(products: Sequence[Product]) -> dict[str, list[Ranking]]:
    """Return rankings of one tagger that mostly knows the tags, and one that guesses."""
    rng = np.random.default_rng(2)

    def ranking(product: Product, knows: float) -> Ranking:
        scores = {tag: rng.uniform() + knows * (tag in product.tags) for tag in TAGS}
        return ranked({tag: score / 2 for tag, score in scores.items()}, 6)

    return {"good": [ranking(each, 0.5) for each in products], "poor": [ranking(each, 0.1) for each in products]}


PRODUCTS = _products(160)
SAID = _said(PRODUCTS)
STATISTICS = TagStatistics.of(PRODUCTS)
TABLE = candidates(PRODUCTS, SAID, STATISTICS, TAGGERS)
TARGETS = TABLE.targets([product.tags for product in PRODUCTS])


@pytest.fixture(scope="module")
def first() -> GbdtModel:
    """Trees of the first pass, which judge each candidate alone."""
    return fit_trees(TABLE.features, TARGETS, SETTINGS)


@pytest.fixture(scope="module")
def second(first: GbdtModel) -> GbdtModel:
    """Trees of the second pass, which use the other candidates of the product."""
    logits = first.logits(TABLE.features)
    return fit_trees(companies(TABLE, logits, STATISTICS), TARGETS, SETTINGS, logits)


@pytest.fixture
def ranker(first: GbdtModel, second: GbdtModel) -> LearnedRanker:
    """A ranker of both passes with a non-trivial calibration."""
    return LearnedRanker(first, second, STATISTICS, TAGGERS, ByLanguage(CALIBRATION))


def _hits(rankings: Sequence[Ranking]) -> int:
    return sum(
        each.tag in product.tags for product, ranking in zip(PRODUCTS, rankings, strict=True) for each in ranking
    )


def test_the_better_tagger_decides(ranker: LearnedRanker) -> None:
    assert _hits(ranker.score(PRODUCTS, SAID).rankings(3)) >= _hits([ranking[:3] for ranking in SAID["good"]])
    of_first = {name: gain for name, gain in ranker.importance().items() if not name.startswith("others: ")}
    assert next(iter(of_first)).startswith("good: ")


def test_each_pass_shares_out_its_own_gain(ranker: LearnedRanker) -> None:
    importance = ranker.importance()
    assert set(importance) == {*columns(TAGGERS), *(f"others: {part}" for part in COMPANY)}
    of_others = [gain for name, gain in importance.items() if name.startswith("others: ")]
    assert sum(of_others) == pytest.approx(1)
    assert sum(importance.values()) == pytest.approx(2)
    assert list(importance.values()) == sorted(importance.values(), reverse=True)


def test_the_second_pass_takes_back_what_the_others_exclude(ranker: LearnedRanker, first: GbdtModel) -> None:
    alone = rankings_of(TABLE, sigmoid(first.logits(TABLE.features)), 3)
    assert _hits(ranker.score(PRODUCTS, SAID).rankings(3)) > _hits(alone)
    # Sure of two round tags, the ranker raises a third round tag and lowers a square one.
    said = {"good": [ranked({"round 0": 0.9, "round 1": 0.9, "round 2": 0.5, "square 3": 0.5}, 9)], "poor": [[]]}
    [shares] = ranker.score(PRODUCTS[:1], said).contributions([["round 2", "square 3"]])
    third, square = (next(share.contribution for share in each if share.source == "others") for each in shares)
    assert third > square


def test_scores_are_the_calibrated_probabilities_of_both_passes(
    ranker: LearnedRanker, first: GbdtModel, second: GbdtModel
) -> None:
    [ranking] = ranker.score(PRODUCTS[:1], {name: said[:1] for name, said in SAID.items()}).rankings(20)
    rows = TABLE.of(0)
    tags = TABLE.tags[: rows.stop]
    logits = first.logits(TABLE.features[: rows.stop])
    of_others = second.logits(context_features(tags, [0, len(tags)], sigmoid(logits), STATISTICS).astype(np.float32))
    expected = dict(zip(tags, CALIBRATION(sigmoid(logits + of_others)), strict=True))
    assert dict(ranking) == pytest.approx(expected)
    assert all(0 < each.score < 1 for each in ranking)


def test_the_contributions_add_up_to_the_logit_of_the_raw_score(
    ranker: LearnedRanker, first: GbdtModel, second: GbdtModel
) -> None:
    tags = [[TABLE.tags[row] for row in TABLE.of(at)] for at in range(len(PRODUCTS))]
    shares = ranker.score(PRODUCTS, SAID).contributions(tags)
    logits = first.logits(TABLE.features)
    raw = sigmoid(logits + second.logits(companies(TABLE, logits, STATISTICS)))
    sums = [sum(share.contribution for share in of_tag) for of_product in shares for of_tag in of_product]
    assert sums == pytest.approx(np.log(raw / (1 - raw)), abs=1e-6)


def test_what_the_others_contribute_is_all_that_the_second_pass_adds(ranker: LearnedRanker, first: GbdtModel) -> None:
    tags = [[TABLE.tags[row] for row in TABLE.of(at)] for at in range(len(PRODUCTS))]
    shares = [of_tag for of_product in ranker.score(PRODUCTS, SAID).contributions(tags) for of_tag in of_product]
    without = [sum(share.contribution for share in of_tag if share.source != "others") for of_tag in shares]
    assert without == pytest.approx(first.logits(TABLE.features), abs=1e-6)


def test_each_share_names_its_source_and_the_score_that_it_gave(ranker: LearnedRanker) -> None:
    said = {"good": [[Suggestion("round 1", 0.9)]], "poor": [[Suggestion("round 2", 0.3)]]}
    [[second, first]] = ranker.score(PRODUCTS[:1], said).contributions([["round 2", "round 1"]])
    assert [(share.source, share.score) for share in first] == [
        ("good", 0.9),
        ("poor", None),
        ("statistics", None),
        ("text", None),
        ("base", None),
        ("others", None),
    ]
    assert [share.score for share in second] == [None, 0.3, None, None, None, None]
    # The mean of the first trees is the same for every tag.
    assert first[4] == second[4]


def test_a_share_is_the_same_whatever_else_is_asked_for(ranker: LearnedRanker) -> None:
    said = {name: rankings[:2] for name, rankings in SAID.items()}
    tags = [[TABLE.tags[row] for row in TABLE.of(at)] for at in range(2)]
    whole = ranker.score(PRODUCTS[:2], said).contributions(tags)
    # The context of a tag consists of all candidates, including those that are not asked for.
    assert ranker.score(PRODUCTS[:2], said).contributions([tags[0][:1], tags[1][-1:]]) == [whole[0][:1], whole[1][-1:]]


def test_where_no_tag_is_asked_for_there_are_no_shares(ranker: LearnedRanker) -> None:
    assert ranker.score(PRODUCTS[:2], {name: said[:2] for name, said in SAID.items()}).contributions([[], []]) == [
        [],
        [],
    ]
    assert ranker.score([], {"good": [], "poor": []}).contributions([]) == []


def test_where_nothing_is_said_nothing_is_suggested(ranker: LearnedRanker) -> None:
    assert ranker.score(PRODUCTS[:2], {"good": [[], []], "poor": [[], []]}).rankings(5) == [[], []]
    assert ranker.score([], {"good": [], "poor": []}).rankings(5) == []


def test_a_product_without_candidates_takes_none_from_its_neighbours_in_the_batch(ranker: LearnedRanker) -> None:
    said = {name: [rankings[0], [], rankings[2]] for name, rankings in SAID.items()}
    fused = ranker.score(PRODUCTS[:3], said).rankings(5)
    for at in (0, 2):
        alone = ranker.score(PRODUCTS[at : at + 1], {name: [each[at]] for name, each in said.items()}).rankings(5)
        assert fused[at] == alone[0]
    assert fused[1] == []


def test_a_tagger_that_could_not_be_asked_is_no_error(ranker: LearnedRanker) -> None:
    [ranking] = ranker.score(PRODUCTS[:1], {"good": SAID["good"][:1]}).rankings(2)
    assert ranking[0].tag in PRODUCTS[0].tags


def test_what_is_saved_is_loaded(ranker: LearnedRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path)
    loaded = LearnedRanker.load(tmp_path)
    assert loaded.score(PRODUCTS, SAID).rankings(5) == ranker.score(PRODUCTS, SAID).rankings(5)
    tags = [[ranking[0].tag] for ranking in SAID["good"]]
    assert loaded.score(PRODUCTS, SAID).contributions(tags) == ranker.score(PRODUCTS, SAID).contributions(tags)
    assert loaded.importance() == ranker.importance()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["company.txt", "ranker.json", "ranker.txt", "statistics.npz"] == sorted([*FILES, "statistics.npz"])


@pytest.mark.parametrize("place", [0, -1])
def test_a_ranker_of_other_features_is_refused(ranker: LearnedRanker, tmp_path: Path, place: int) -> None:
    ranker.save(tmp_path)
    about = json.loads((tmp_path / "ranker.json").read_text())
    assert about["columns"] == [*columns(TAGGERS), *COMPANY]
    about["columns"][place] = "colour of the text"
    (tmp_path / "ranker.json").write_text(json.dumps(about))
    with pytest.raises(StaleArtifact, match="the ranker was trained on other features; run fit again"):
        LearnedRanker.load(tmp_path)


def test_the_company_of_each_candidate_are_its_products_own() -> None:
    table = Candidates(["round 1", "square 1", "round 1"], [0, 2, 2, 3], np.zeros((3, 2), np.float32))
    # Logits of 0 and ln 3 are probabilities of one half and three quarters.
    found = companies(table, np.array([np.log(3), 0.0, 0.0]), STATISTICS)
    assert found.dtype == np.float32
    expected = [
        context_features(["round 1", "square 1"], [0, 2], np.array([0.75, 0.5]), STATISTICS),
        context_features(["round 1"], [0, 1], np.array([0.5]), STATISTICS),
    ]
    assert np.array_equal(found, np.concatenate(expected).astype(np.float32), equal_nan=True)
    empty = Candidates([], [0], np.zeros((0, 2), np.float32))
    assert companies(empty, np.zeros(0), STATISTICS).shape == (0, len(COMPANY))


def test_rankings_are_cut_at_the_limit_best_first() -> None:
    table = Candidates(["a", "b", "c", "a"], [0, 3, 3, 4], np.zeros((4, 2), np.float32))
    scores = np.array([0.2, 0.9, 0.2, 0.5])
    assert rankings_of(table, scores, 2) == [[("b", 0.9), ("a", 0.2)], [], [("a", 0.5)]]


def test_there_are_as_many_features_as_columns() -> None:
    # Four per tagger for two taggers, six statistics, nine text features.
    assert len(columns(TAGGERS)) == TABLE.features.shape[1] == 2 * 4 + 6 + 9
