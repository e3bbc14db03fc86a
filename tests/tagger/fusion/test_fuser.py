import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.product import Product
from tagger.corrections.effects import CorrectedScore, Correction
from tagger.fusion.fuser import UNTRAINED, by_product, reciprocal_rank, weighted_sum
from tagger.types import Contribution, Ranking, Suggestion, ranked

KNN = [Suggestion("mug", 0.9), Suggestion("red", 0.5), Suggestion("gift", 0.1)]
LINEAR = [Suggestion("red", 0.8), Suggestion("mug", 0.4)]
BOTH = {"knn": KNN, "linear": LINEAR}
MUG = Product("p", "red mug")

TAGS = st.sampled_from(["mug", "red", "gift", "杯子", "lamp", "blue"])
RANKINGS = st.dictionaries(TAGS, st.floats(0, 1)).map(lambda scores: ranked(scores, 20))
SAID = st.dictionaries(st.sampled_from(["prior", "knn", "linear", "lexical"]), RANKINGS)


def test_reciprocal_ranks_add_up() -> None:
    assert reciprocal_rank(BOTH, 5) == [
        Suggestion("mug", pytest.approx(1 / 61 + 1 / 62)),
        Suggestion("red", pytest.approx(1 / 62 + 1 / 61)),
        Suggestion("gift", pytest.approx(1 / 63)),
    ]


def test_the_constant_of_reciprocal_ranks_can_be_set() -> None:
    assert reciprocal_rank({"knn": KNN}, 1, k=0) == [Suggestion("mug", 1.0)]


def test_a_weighted_sum_is_the_mean_where_no_weights_are_given() -> None:
    assert weighted_sum(BOTH, 5) == [
        Suggestion("mug", pytest.approx((0.9 + 0.4) / 2)),
        Suggestion("red", pytest.approx((0.5 + 0.8) / 2)),
        Suggestion("gift", pytest.approx((0.1 + 0.0) / 2)),
    ]


def test_a_weighted_sum_divides_by_the_weights_of_the_taggers_that_were_asked() -> None:
    fused = weighted_sum(BOTH, 2, weights={"knn": 1.0, "linear": 3.0, "absent": 5.0})
    assert fused == [
        Suggestion("red", pytest.approx((0.5 + 3 * 0.8) / 4)),
        Suggestion("mug", pytest.approx((0.9 + 3 * 0.4) / 4)),
    ]


def test_a_tagger_without_a_weight_counts_nothing() -> None:
    assert weighted_sum(BOTH, 1, weights={"linear": 2.0}) == [Suggestion("red", pytest.approx(0.8))]


def test_weights_of_zero_divide_nothing_by_zero() -> None:
    assert weighted_sum({"linear": LINEAR}, 5, weights={"linear": 0.0}) == [("mug", 0.0), ("red", 0.0)]


@pytest.mark.parametrize("fuse", [reciprocal_rank, weighted_sum])
def test_nothing_said_is_nothing_fused(fuse: object) -> None:
    assert callable(fuse)
    assert fuse({}, 5) == []
    assert fuse({"knn": [], "linear": []}, 5) == []


@given(SAID, st.integers(0, 8))
def test_the_order_of_the_taggers_does_not_matter(said: dict[str, Ranking], limit: int) -> None:
    turned = dict(reversed(said.items()))
    assert reciprocal_rank(said, limit) == reciprocal_rank(turned, limit)
    assert weighted_sum(said, limit) == weighted_sum(turned, limit)


@given(SAID)
def test_fusing_invents_no_tag_and_loses_none(said: dict[str, Ranking]) -> None:
    tags = {each.tag for ranking in said.values() for each in ranking}
    assert {each.tag for each in reciprocal_rank(said, 20)} == tags
    assert {each.tag for each in weighted_sum(said, 20)} == tags


@pytest.mark.parametrize("name", sorted(UNTRAINED))
@given(said=SAID)
def test_the_shares_of_the_untrained_add_up_to_the_score(name: str, said: dict[str, Ranking]) -> None:
    rankings: Mapping[str, list[Ranking]] = {tagger: [ranking] for tagger, ranking in said.items()}
    scored = UNTRAINED[name].score([MUG], rankings)
    [fused] = scored.rankings(20)
    [shares] = scored.contributions([[each.tag for each in fused]])
    assert len(shares) == len(fused)
    for each, of_tag in zip(fused, shares, strict=True):
        assert sum(share.contribution for share in of_tag) == pytest.approx(each.score)
        assert 0 <= each.score <= 1 + 1e-9


def test_a_share_has_the_taggers_own_score_or_none() -> None:
    [[gift]] = UNTRAINED["weighted_sum"].score([MUG], {"knn": [KNN], "linear": [LINEAR]}).contributions([["gift"]])
    assert gift == (Contribution("knn", 0.1, pytest.approx(0.05)), Contribution("linear", None, 0.0))


def test_what_every_tagger_puts_first_has_the_score_one() -> None:
    rankings = {"knn": [KNN], "linear": [KNN[:1]]}
    [fused] = UNTRAINED["reciprocal_rank"].score([MUG], rankings).rankings(3)
    assert fused == [
        Suggestion("mug", pytest.approx(1)),
        Suggestion("red", pytest.approx(61 / 62 / 2)),
        Suggestion("gift", pytest.approx(61 / 63 / 2)),
    ]


def test_each_product_is_fused_by_itself() -> None:
    rankings = {"knn": [KNN, []], "linear": [[], LINEAR]}
    assert by_product(rankings, 2) == [{"knn": KNN, "linear": []}, {"knn": [], "linear": LINEAR}]
    first, second = UNTRAINED["weighted_sum"].score([MUG, MUG], rankings).rankings(1)
    assert first == [Suggestion("mug", pytest.approx(0.45))]
    assert second == [Suggestion("red", pytest.approx(0.4))]


def test_corrected_tags_have_the_scores_of_their_corrected_logits_and_say_what_was_added() -> None:
    rankings = {"a": [ranked({"mug": 0.5, "cup": 0.2}, 9)]}
    wanted = {"mug": Correction(shift=2.0), "cup": Correction(decided=False), "new": Correction(decided=True)}
    [corrected] = UNTRAINED["weighted_sum"].score([MUG], rankings).corrected([wanted])
    chance = 1 / (1 + math.exp(-2))
    assert corrected["mug"] == CorrectedScore(pytest.approx(chance), pytest.approx(chance - 0.5), suggested=True)
    assert corrected["cup"].score < 1e-6
    assert corrected["cup"].contribution == pytest.approx(-0.2, abs=1e-6)
    assert corrected["new"] == CorrectedScore(pytest.approx(1), pytest.approx(1), suggested=False)
