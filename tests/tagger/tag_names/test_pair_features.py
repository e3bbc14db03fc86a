from math import exp, log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagger.tag_names.pair_features import COLUMNS, Scale, pair_features

NAMED, BETTER, MORE_SIMILAR, BELOW, BOTH, AMONG_MANY = range(len(COLUMNS))
SCALE = Scale(spread=0.1, usual=3.0, named=0.25)


def test_the_most_similar_tag_has_none_before_it_and_is_not_below_the_best() -> None:
    features = pair_features(np.array([0.5, 0.3]), np.array([False, False]), SCALE)
    # In spreads the difference is 2; the logistic function of 2 / 0.05 is 1, to twelve digits.
    assert features[:, MORE_SIMILAR].tolist() == pytest.approx([0, log1p(1)], abs=1e-9)
    assert features[:, BELOW].tolist() == pytest.approx([0, -2])
    assert features[:, [NAMED, BOTH]].tolist() == [[0, 0], [0, 0]]


def test_a_name_in_the_text_counts_as_much_as_a_quarter_of_similarity() -> None:
    features = pair_features(np.array([0.5, 0.3]), np.array([False, True]), SCALE)
    # 0.3 + 0.25 > 0.5: with its name the second tag fits better, by meaning alone it does not.
    assert features[:, BETTER].tolist() == pytest.approx([log1p(1), 0], abs=1e-4)
    assert features[1, [NAMED, MORE_SIMILAR, BOTH]].tolist() == pytest.approx([1, log1p(1), log1p(1)], abs=1e-9)
    assert features[:, AMONG_MANY].tolist() == pytest.approx([0, log1p(3)])


def test_tags_that_are_almost_alike_count_each_other_by_a_share() -> None:
    # A difference of 0.05 spreads: the logistic function of 1 and of -1.
    features = pair_features(np.array([0.105, 0.1]), np.array([False, False]), SCALE)
    assert features[:, MORE_SIMILAR].tolist() == pytest.approx([log1p(1 / (1 + exp(1))), log1p(1 / (1 + exp(-1)))])


def test_without_tags_there_are_no_features() -> None:
    assert pair_features(np.zeros(0), np.zeros(0, bool), SCALE).shape == (0, len(COLUMNS))


@given(st.lists(st.tuples(st.floats(-1, 1), st.booleans()), min_size=1, max_size=20), st.floats(0.01, 1))
def test_the_order_of_the_tags_makes_no_difference(pairs: list[tuple[float, bool]], spread: float) -> None:
    similarity, named = np.array([each for each, _ in pairs]), np.array([each for _, each in pairs])
    scale = Scale(spread, 2.0, 1.0)
    features = pair_features(similarity, named, scale)
    assert pair_features(similarity[::-1], named[::-1], scale)[::-1] == pytest.approx(features, abs=1e-9)
