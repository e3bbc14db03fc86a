import numpy as np
import pytest

from tagger.evaluation.bootstrap import Difference, mean_difference, micro_f1_difference, ratio_difference

GOLD = [("a", "b")] * 200


def test_the_difference_of_two_systems_is_that_of_their_figures():
    before, after = [{"a"}] * 200, [{"a", "b"}] * 200
    found = micro_f1_difference(before, after, GOLD)
    # 2·1/(1+2) against 1, the same for every product, so all draws are equal.
    assert found == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert found.significant


def test_what_is_the_same_on_average_is_not_significant():
    before = [{"a"} if number % 2 else {"c"} for number in range(200)]
    after = [{"c"} if number % 2 else {"a"} for number in range(200)]
    found = micro_f1_difference(before, after, GOLD)
    assert found.mean == 0
    assert found.low < 0 < found.high
    assert not found.significant


def test_an_interval_is_that_of_the_normal_law_where_there_are_many_products():
    values = np.random.default_rng(7).normal(0.1, 1.0, 1000)
    found = mean_difference(np.zeros(1000), values)
    half = 1.96 * values.std() / np.sqrt(1000)
    assert found.mean == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((found.mean - half, found.mean + half), abs=0.006)


def test_shares_are_of_sums_not_means_of_shares():
    before = np.array([[1, 10], [0, 0]] * 50)
    after = np.array([[5, 10], [1, 1]] * 50)
    assert ratio_difference(before, after).mean == pytest.approx(6 / 11 - 1 / 10)


@pytest.mark.parametrize(("low", "high", "significant"), [(0.1, 0.2, True), (-0.2, -0.1, True), (0.0, 0.1, False)])
def test_an_interval_that_holds_zero_says_nothing(low, high, significant):
    assert Difference(0.1, low, high).significant is significant
