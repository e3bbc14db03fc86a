import math

import numpy as np
import pytest

from tagger.taggers.tree.hierarchy import best_nodes, branch_shares, depths_of, order_of

# home > kitchen > (mugs, pans); garden
PARENTS = np.array([-1, 0, 1, 1, -1])
HOME, KITCHEN, MUGS, PANS, GARDEN = range(5)


def test_parents_come_before_their_children() -> None:
    assert order_of({"mugs": "kitchen", "kitchen": "home", "home": "", "garden": ""}) == [
        "home", "kitchen", "mugs", "garden",
    ]  # fmt: skip
    assert order_of({"a": "b", "b": "a"}) == ["b", "a"]


def test_levels_are_counted_from_the_top() -> None:
    assert depths_of(PARENTS).tolist() == [1, 2, 3, 3, 1]


def test_a_branch_has_the_probability_of_all_its_nodes() -> None:
    scores = np.log([[1.0, 1.0, 4.0, 2.0, 2.0]])
    [shares] = branch_shares(scores, PARENTS, 1.0)
    assert shares == pytest.approx([0.8, 0.7, 0.4, 0.2, 0.2])


def test_a_low_temperature_leaves_all_to_the_best_node() -> None:
    [shares] = branch_shares(np.array([[0.1, 0.2, 0.9, 0.3, 0.4]]), PARENTS, 0.01)
    assert shares == pytest.approx([1, 1, 1, 0, 0], abs=1e-9)


def test_a_doubtful_leaf_is_left_for_its_parent() -> None:
    # Mugs and pans are equally likely: 2·(1 + 1 + ½) / (3 + 3) < 2·(1 + 1) / (2 + 3).
    doubtful = np.array([[-math.inf, -math.inf, 0.0, 0.0, -math.inf]])
    assert best_nodes(branch_shares(doubtful, PARENTS, 1.0), PARENTS).tolist() == [MUGS]
    spread = np.array([[0.0, 0.0, -2.0, -2.0, 0.0]])
    assert best_nodes(branch_shares(spread, PARENTS, 1.0), PARENTS).tolist() == [KITCHEN]
    sure = np.array([[0.0, 0.0, 0.0, 9.0, 0.0]])
    assert best_nodes(branch_shares(sure, PARENTS, 1.0), PARENTS).tolist() == [PANS]
