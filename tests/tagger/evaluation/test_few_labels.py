import pytest

from index.product import Product
from tagger.evaluation.few_labels import best_weights, expected_threshold, own_threshold
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import candidates
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.types import Ranking, Suggestion

PRODUCTS = [Product("1", "x", tags=("a",)), Product("2", "y", tags=("b",))]


def fold(**rankings: list[Ranking]) -> FoldPredictions:
    statistics = TagStatistics.of(PRODUCTS)
    return FoldPredictions(
        0, PRODUCTS, rankings, candidates(PRODUCTS, rankings, statistics, list(rankings)), statistics
    )


RIGHT = [[Suggestion("a", 0.9), Suggestion("b", 0.2)], [Suggestion("b", 0.8), Suggestion("a", 0.1)]]
HALF = [[Suggestion("a", 0.9)], [Suggestion("a", 0.9)]]


def test_a_taggers_threshold_lies_between_its_right_and_its_wrong_tags() -> None:
    assert own_threshold("right", [fold(right=RIGHT)]) == pytest.approx((0.8 + 0.2) / 2)


def test_the_best_weights_have_the_highest_f1_at_their_own_threshold() -> None:
    judged = [fold(half=HALF, right=RIGHT)]
    assert best_weights([{"half": 1.0}, {"right": 1.0}], judged) == (1.0, {"right": 1.0}, pytest.approx(0.5))
    # Both accept the same tags: the first.
    assert best_weights([{"half": 1.0}, {"half": 0.5}], judged).weights == {"half": 1.0}


def test_two_taggers_that_know_one_tag_each_are_best_together() -> None:
    a, b = [[Suggestion("a", 0.9)], []], [[], [Suggestion("b", 0.7)]]
    tried = [{"a": 1.0}, {"b": 1.0}, {"a": 1.0, "b": 1.0}]
    best = best_weights(tried, [fold(a=a, b=b)])
    assert (best.f1, best.weights) == (1.0, {"a": 1.0, "b": 1.0})
    # The mean of 0.7 and nothing is the lowest right score.
    assert 0 < best.threshold <= 0.35


def test_the_expected_threshold_accepts_the_tags_with_the_highest_expected_f1() -> None:
    rankings = [[Suggestion("a", 0.9), Suggestion("b", 0.2)], [Suggestion("c", 0.6), Suggestion("d", 0.1)]]
    # Of k tags: 2·0.9/(1 + 1.8) = .64, 2·1.5/(2 + 1.8) = .79, 2·1.7/(3 + 1.8) = .71, 2·1.8/(4 + 1.8) = .62.
    assert expected_threshold(rankings) == pytest.approx((0.6 + 0.2) / 2)


def test_equal_scores_are_accepted_together() -> None:
    assert expected_threshold([[Suggestion("a", 0.5), Suggestion("b", 0.5)]]) == pytest.approx(0.25)


def test_without_suggestions_there_is_no_threshold() -> None:
    assert expected_threshold([[], []]) is None
