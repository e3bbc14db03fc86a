"""Acceptance by one threshold or by each product's best set, compared with a sum over all outcomes."""

from itertools import product as outcomes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.fusion.acceptance import NOTHING, acceptance, best_count, expected_f1
from tagger.types import ranked

PROBABILITIES = st.lists(st.floats(0.01, 0.99), max_size=7).map(lambda each: np.array(sorted(each, reverse=True)))


def reckoned(probabilities, count):
    """Return the expected F1 of accepting the first `count` tags, as a sum over all combinations of right and wrong."""
    total = 0.0
    for right in outcomes((0, 1), repeat=len(probabilities)):
        chance = np.prod([p if hit else 1 - p for p, hit in zip(probabilities, right, strict=True)])
        said = count + sum(right)
        total += chance * (2 * sum(right[:count]) / said if said else 1.0)
    return total


@given(PROBABILITIES)
def test_no_other_number_of_tags_has_a_higher_expected_f1(probabilities):
    worth = [reckoned(probabilities, count) for count in range(len(probabilities) + 1)]
    assert worth[best_count(probabilities)] == pytest.approx(max(worth))


def test_sure_tags_are_taken_and_a_doubtful_one_only_where_little_else_is_known():
    assert best_count(np.array([0.99, 0.98, 0.4])) == 2
    assert best_count(np.array([0.4, 0.35])) == 2
    assert best_count(np.array([0.1])) == 0
    assert best_count(np.array([])) == 0


def test_tags_that_hardly_count_take_no_time():
    assert best_count(np.array([0.9] + [1e-5] * 100_000)) == 1


def test_a_rule_gives_the_score_from_which_on_tags_are_taken():
    ranking = ranked({"mug": 0.9, "red": 0.45, "gift": 0.02}, 9)
    assert acceptance("threshold", 0.5)(ranking) == 0.5
    assert acceptance("expected_f1", 0.5)(ranking) == expected_f1(ranking) == 0.45
    assert expected_f1(ranked({"gift": 0.02}, 9)) == NOTHING
    assert expected_f1([]) == NOTHING
