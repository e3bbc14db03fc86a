"""The trees as arrays give what LightGBM gives."""

import lightgbm
import numpy as np
import pytest

from tagger.trees.forest import parse_forest
from tagger.trees.scoring import LeafMasks
from tagger.trees.shapley import ShapleyValues

_RANDOM = np.random.default_rng(11)
ROWS = _RANDOM.normal(size=(1500, 6)).astype(np.float32)
# A column with few values, one with missing values, and one that never varies.
ROWS[:, 1] = _RANDOM.integers(0, 3, 1500)
ROWS[::3, 2] = np.nan
ROWS[:, 3] = 1
TARGETS = ROWS[:, 0] + ROWS[:, 1] * np.isnan(ROWS[:, 2]) + 0.3 * _RANDOM.normal(size=1500) > 1
# What training did not see: missing values in every column, infinities, and values on thresholds.
STRANGE = np.array([[value] * 6 for value in (np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 1e-40)], np.float32)


def _train(leaves: int, rounds: int = 30, rows: np.ndarray = ROWS, targets: np.ndarray = TARGETS) -> lightgbm.Booster:
    parameters = {"objective": "binary", "num_leaves": leaves, "min_data_in_leaf": 3, "verbosity": -1}
    return lightgbm.train(parameters, lightgbm.Dataset(rows, label=targets), rounds)


# 200 leaves need several words of 64 bits.
@pytest.fixture(scope="module", params=[2, 24, 60, 200])
def booster(request: pytest.FixtureRequest) -> lightgbm.Booster:
    return _train(request.param)


def _asked() -> np.ndarray:
    return np.concatenate([ROWS[:40], STRANGE])


def test_rows_get_the_scores_of_lightgbm(booster: lightgbm.Booster) -> None:
    masks = LeafMasks(parse_forest(booster.model_to_string()))
    for rows in (ROWS, STRANGE, ROWS[:1]):
        expected = booster.predict(rows, raw_score=True)
        assert np.abs(masks.logits(rows) - expected).max() < 1e-9
        assert np.ptp(booster.predict(ROWS, raw_score=True)) > 1


def test_thresholds_themselves_go_left_as_in_lightgbm(booster: lightgbm.Booster) -> None:
    forest = parse_forest(booster.model_to_string())
    rows = np.zeros((len(forest.threshold), 6))
    rows[np.arange(len(rows)), forest.column] = forest.threshold
    assert np.abs(LeafMasks(forest).logits(rows) - booster.predict(rows, raw_score=True)).max() < 1e-9


def test_a_row_scores_the_same_in_any_batch(booster: lightgbm.Booster) -> None:
    masks = LeafMasks(parse_forest(booster.model_to_string()))
    whole = masks.logits(ROWS)
    assert [float(masks.logits(ROWS[at : at + 1])[0]) for at in range(300)] == whole[:300].tolist()


def test_columns_contribute_as_in_lightgbm(booster: lightgbm.Booster) -> None:
    contributions = ShapleyValues(parse_forest(booster.model_to_string()))(_asked())
    expected = booster.predict(_asked(), pred_contrib=True)
    assert contributions.shape == expected.shape == (47, 7)
    assert np.abs(contributions - expected).max() < 1e-9
    assert np.abs(expected[:, :-1]).max() > 0.1


def test_trees_without_a_split_have_a_score_and_no_contributions() -> None:
    booster = _train(4, rows=np.zeros((50, 2), np.float32), targets=np.arange(50) < 20)
    forest = parse_forest(booster.model_to_string())
    # 20 of 50: ln(20 / 30) = -0.405.
    assert LeafMasks(forest).logits(np.zeros((2, 2))) == pytest.approx([np.log(2 / 3)] * 2)
    assert ShapleyValues(forest)(np.zeros((1, 2))) == pytest.approx(np.array([[0, 0, np.log(2 / 3)]]))


def test_the_forest_has_the_numbers_of_the_text() -> None:
    booster = _train(5, rounds=3)
    forest = parse_forest(booster.model_to_string())
    assert forest.columns == 6
    assert forest.leaves.tolist() == [5, 5, 5]
    assert forest.nodes_of().tolist() == [0] * 4 + [1] * 4 + [2] * 4
    for tree in range(3):
        values = [booster.get_leaf_output(tree, leaf) for leaf in range(5)]
        assert forest.value[5 * tree : 5 * tree + 5].tolist() == values
    # All rows pass through the roots.
    assert forest.node_count[::4].tolist() == [1500] * 3
    assert np.bincount(forest.column, forest.gain, 6) == pytest.approx(booster.feature_importance("gain"), rel=1e-4)
