from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, ndcg_score

from tagger.evaluation import metrics
from tagger.types import Ranking, Suggestion, ranked

TAGS = [f"tag{number}" for number in range(12)]

# Right, wrong, right; then only a wrong one; then an empty ranking.
RANKINGS = [
    [Suggestion("a", 0.9), Suggestion("x", 0.6), Suggestion("b", 0.4)],
    [Suggestion("y", 0.7)],
    [],
]
GOLD = [("a", "b", "c"), ("d",), ("a",)]


def test_precision_divides_by_the_places_also_where_they_are_empty() -> None:
    assert metrics.precision_at(1, RANKINGS, GOLD) == pytest.approx((1 + 0 + 0) / 3)
    assert metrics.precision_at(3, RANKINGS, GOLD) == pytest.approx((2 / 3 + 0 + 0) / 3)
    assert metrics.precision_at(5, RANKINGS, GOLD) == pytest.approx((2 / 5 + 0 + 0) / 3)


def test_recall_divides_by_the_products_tags() -> None:
    assert metrics.recall_at(1, RANKINGS, GOLD) == pytest.approx((1 / 3 + 0 + 0) / 3)
    assert metrics.recall_at(5, RANKINGS, GOLD) == pytest.approx((2 / 3 + 0 + 0) / 3)


def test_ndcg_discounts_by_the_logarithm_of_the_place() -> None:
    gained = 1 / np.log2(2) + 1 / np.log2(4)
    assert metrics.ndcg_at(5, RANKINGS, GOLD) == pytest.approx(gained / (1 + 1 / np.log2(3) + 1 / np.log2(4)) / 3)
    # With k = 1, the ideal ranking has one tag, no matter how many are wanted.
    assert metrics.ndcg_at(1, RANKINGS, GOLD) == pytest.approx(1 / 3)


def test_micro_f1_takes_all_products_together() -> None:
    # Accepted at 0.5: a, x, y; right: a; wanted: 5. F1 = 2 · 1 / (3 + 5).
    assert metrics.micro_f1(metrics.accept(RANKINGS, 0.5), GOLD) == pytest.approx(2 / 8)
    # A score equal to the threshold is accepted: a, x, b, y; right: a, b.
    assert metrics.micro_f1(metrics.accept(RANKINGS, 0.4), GOLD) == pytest.approx(4 / 9)


def test_macro_f1_is_the_mean_over_the_tags_that_are_right_somewhere() -> None:
    # a: right once, accepted once, wanted twice; b, c and d are never accepted; x and y are never right.
    assert metrics.macro_f1(metrics.accept(RANKINGS, 0.5), GOLD) == pytest.approx((2 / 3 + 0 + 0 + 0) / 4)


def test_sample_f1_is_the_mean_over_products() -> None:
    # At .5: a and x against a, b, c; y against d; nothing against a.
    assert metrics.sample_f1(metrics.accept(RANKINGS, 0.5), GOLD) == pytest.approx((2 * 1 / (2 + 3) + 0 + 0) / 3)


def test_the_brier_score_is_the_mean_squared_difference_over_suggestions() -> None:
    assert metrics.brier_score(RANKINGS, GOLD) == pytest.approx((0.1**2 + 0.6**2 + 0.6**2 + 0.7**2) / 4)


def test_coverage_is_of_the_lowest_threshold_that_is_precise_enough() -> None:
    # By score: a right, y wrong, x wrong, b right; five tags are wanted.
    assert metrics.coverage_at_precision(0.9, RANKINGS, GOLD) == pytest.approx(1 / 5)
    assert metrics.coverage_at_precision(0.5, RANKINGS, GOLD) == pytest.approx(2 / 5)
    assert metrics.coverage_at_precision(0.95, RANKINGS[1:], GOLD[1:]) == 0


def test_suggestions_of_one_score_are_covered_together() -> None:
    tied = [[Suggestion("a", 0.5), Suggestion("x", 0.5)]]
    assert metrics.coverage_at_precision(0.6, tied, [("a",)]) == 0


def test_propensities_are_those_of_the_paper() -> None:
    # N = 100: C = (ln 100 - 1) * 2.5 ** .55.
    c = (np.log(100) - 1) * 2.5**0.55
    found = metrics.propensities({"rare": 1, "common": 80}, 100)
    assert found["rare"] == pytest.approx(1 / (1 + c * 2.5**-0.55))
    assert found["common"] == pytest.approx(1 / (1 + c * 81.5**-0.55))


def test_rare_tags_are_worth_more_in_the_propensity_scored_precision() -> None:
    propensity = {"a": 0.5, "b": 0.25, "d": 0.8}
    # Weights: a 2, b 4, d 1.25, and c 0 because it is not in the training data. The first places hold a, y and nothing.
    assert metrics.propensity_scored_precision_at(1, RANKINGS, GOLD, propensity) == pytest.approx(2 / (4 + 1.25 + 2))
    assert metrics.propensity_scored_precision_at(3, RANKINGS, GOLD, propensity) == pytest.approx(6 / (6 + 1.25 + 2))


def test_the_calibration_error_weighs_each_bins_gap_by_its_suggestions() -> None:
    rankings = [[Suggestion("a", 0.95), Suggestion("b", 0.94), Suggestion("c", 0.1)]]
    # The bin from 14/15 holds .95 and .94, one of them right; the bin from 1/15 holds .1, which is wrong.
    assert metrics.calibration_error(rankings, [("a",)]) == pytest.approx((abs(1.89 - 1) + 0.1) / 3)


def test_scores_beyond_one_count_as_one_in_the_calibration_error() -> None:
    assert metrics.calibration_error([[Suggestion("a", 7.0)]], [("a",)]) == 0
    assert metrics.calibration_error([[Suggestion("a", -7.0)]], [("a",)]) == 1


def test_figures_of_nothing_are_zero() -> None:
    assert metrics.precision_at(1, [], []) == 0
    assert metrics.recall_at(1, [[]], [()]) == 0
    assert metrics.ndcg_at(1, [[]], [()]) == 0
    assert metrics.micro_f1([[]], [()]) == 0
    assert metrics.macro_f1([[]], [()]) == 0
    assert metrics.calibration_error([[]], [("a",)]) == 0


def test_outcomes_list_every_suggestion() -> None:
    scores, hits = metrics.outcomes(RANKINGS, GOLD)
    assert scores.tolist() == [0.9, 0.6, 0.4, 0.7]
    assert hits.tolist() == [1, 0, 1, 0]


def test_rankings_and_gold_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        metrics.micro_f1(metrics.accept(RANKINGS, 0.5), GOLD[:2])


def test_the_threshold_lies_half_way_below_the_best_score() -> None:
    # F1 when accepting from .9: 2/6, .7: 2/7, .6: 2/8, .4: 4/9. The lowest is best: half-way to 0.
    assert metrics.best_threshold(RANKINGS, GOLD) == pytest.approx(0.2)
    # Without the second right tag: from .9: 2/5, .7: 2/6, .6: 2/7, .4: 2/8.
    assert metrics.best_threshold(RANKINGS, [("a", "c"), ("d",), ("a",)]) == pytest.approx((0.9 + 0.7) / 2)


def test_equal_scores_are_accepted_together() -> None:
    rankings = [[Suggestion("a", 0.5), Suggestion("b", 0.5), Suggestion("c", 0.5), Suggestion("d", 0.1)]]
    # "a" alone would have F1 1, but b and c have the same score.
    assert metrics.best_threshold(rankings, [("a",)]) == pytest.approx(0.3)


@pytest.mark.parametrize("rankings", [[], [[]], [[Suggestion("x", 0.9)]]])
def test_where_nothing_is_right_all_but_certainty_is_refused(rankings: list[Ranking]) -> None:
    assert metrics.best_threshold(rankings, [("a",)] * len(rankings)) == 1


@st.composite
def judged(draw: st.DrawFn) -> tuple[list[Ranking], list[list[str]]]:
    count = draw(st.integers(1, 6))
    scores = st.dictionaries(st.sampled_from(TAGS), st.integers(1, 20).map(lambda n: n / 20), max_size=8)
    rankings = [ranked(draw(scores), 20) for _ in range(count)]
    gold = [draw(st.lists(st.sampled_from(TAGS), max_size=6, unique=True)) for _ in range(count)]
    return rankings, gold


@given(judged())
def test_the_threshold_is_as_good_as_the_best_of_all(drawn: tuple[list[Ranking], list[list[str]]]) -> None:
    rankings, gold = drawn
    everywhere = [number / 40 for number in range(42)]
    best = max(metrics.micro_f1(metrics.accept(rankings, threshold), gold) for threshold in everywhere)
    found = metrics.accept(rankings, metrics.best_threshold(rankings, gold))
    assert metrics.micro_f1(found, gold) == pytest.approx(best)


def _random(products: int) -> tuple[Any, Any, list[Ranking], list[list[str]]]:
    """Return scores and truth as matrices (products, tags), and the same as rankings and lists."""
    rng = np.random.default_rng(products)
    scores, truth = rng.uniform(size=(products, len(TAGS))), rng.uniform(size=(products, len(TAGS))) < 0.3
    truth[:, 0] |= ~truth.any(axis=1)
    rankings = [ranked(dict(zip(TAGS, row, strict=True)), len(TAGS)) for row in scores]
    return scores, truth, rankings, [[tag for tag, right in zip(TAGS, row, strict=True) if right] for row in truth]


@pytest.mark.parametrize("products", [1, 7, 100])
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_f1_agrees_with_scikit_learn(products: int, threshold: float) -> None:
    scores, truth, rankings, gold = _random(products)
    taken, accepted = metrics.accept(rankings, threshold), scores >= threshold
    micro = f1_score(truth, accepted, average="micro", zero_division=0)
    somewhere = np.flatnonzero(truth.any(axis=0))
    macro = f1_score(truth, accepted, average="macro", labels=somewhere, zero_division=0)
    assert metrics.micro_f1(taken, gold) == pytest.approx(micro)
    assert metrics.macro_f1(taken, gold) == pytest.approx(macro)


@pytest.mark.parametrize("products", [1, 7, 100])
@pytest.mark.parametrize("k", [1, 5, 10])
def test_ndcg_agrees_with_scikit_learn(products: int, k: int) -> None:
    scores, truth, rankings, gold = _random(products)
    assert metrics.ndcg_at(k, rankings, gold) == pytest.approx(ndcg_score(truth, scores, k=k))
