from pathlib import Path

import numpy as np
import pytest

from tagger.gbdt import GbdtModel, TrainingRows, TreeSettings, fit_trees, load, sigmoid

SETTINGS = TreeSettings(rounds=40, leaves=6, least_in_leaf=10, columns_share=0.5)
_RANDOM = np.random.default_rng(5)
# The first column is decisive, the second one is weak, and the third is noise.
FEATURES = _RANDOM.normal(size=(800, 3))
TARGETS = FEATURES[:, 0] + 0.3 * FEATURES[:, 1] + 0.3 * _RANDOM.normal(size=800) > 1


@pytest.fixture(scope="module")
def trees() -> GbdtModel:
    return fit_trees(FEATURES, TARGETS, SETTINGS)


def _log_loss(logits: np.ndarray, right: np.ndarray) -> float:
    return float(np.logaddexp(0, np.where(right, -logits, logits)).mean())


def test_trees_tell_right_from_wrong(trees: GbdtModel) -> None:
    logits = trees.logits(FEATURES)
    assert logits.dtype == np.float64
    assert ((logits > 0) == TARGETS).mean() > 0.9
    share = TARGETS.mean()
    assert _log_loss(logits, TARGETS) < 0.5 * _log_loss(np.full(800, np.log(share / (1 - share))), TARGETS)


def test_the_same_seed_grows_the_same_trees(trees: GbdtModel) -> None:
    assert fit_trees(FEATURES, TARGETS, SETTINGS).logits(FEATURES).tolist() == trees.logits(FEATURES).tolist()
    other = fit_trees(FEATURES, TARGETS, SETTINGS, seed=1)
    assert other.logits(FEATURES).tolist() != trees.logits(FEATURES).tolist()


def test_rows_that_were_binned_once_train_trees_on_any_part_of_them(trees: GbdtModel) -> None:
    rows = TrainingRows(FEATURES, TARGETS, SETTINGS)
    half = rows.fit(np.arange(400))
    assert rows.fit().text == trees.text
    assert (
        half.text
        == TrainingRows(FEATURES, np.where(np.arange(800) < 400, TARGETS, ~TARGETS), SETTINGS).fit(np.arange(400)).text
    )
    assert _log_loss(half.logits(FEATURES[400:]), TARGETS[400:]) < 0.5 * _log_loss(np.zeros(400), TARGETS[400:])


def test_a_list_of_targets_is_as_good_as_an_array(trees: GbdtModel) -> None:
    assert fit_trees(FEATURES, TARGETS.tolist(), SETTINGS).logits(FEATURES).tolist() == trees.logits(FEATURES).tolist()


def test_the_contributions_of_columns_and_base_add_up_to_the_logit(trees: GbdtModel) -> None:
    contributions = trees.contributions(FEATURES)
    assert contributions.shape == (800, 3 + 1)
    assert contributions.sum(axis=1) == pytest.approx(trees.logits(FEATURES), abs=1e-6)
    # The base is the same for every row.
    assert len(set(contributions[:, -1].tolist())) == 1


def test_the_column_that_decides_has_most_of_the_gain(trees: GbdtModel) -> None:
    gains = trees.gains()
    assert gains.sum() == pytest.approx(1)
    assert gains.argmax() == 0
    assert gains[0] > 0.5


def test_without_offsets_trees_begin_at_the_share_that_is_right() -> None:
    rare = np.arange(1000) < 20
    constant = fit_trees(np.zeros((1000, 2)), rare, SETTINGS).logits(np.zeros((1, 2)))
    # 20 of 1,000: ln(20 / 980) = -3.89.
    assert constant == pytest.approx([np.log(20 / 980)], abs=1e-6)


def test_trees_learn_only_what_is_missing_from_the_offsets() -> None:
    many = np.arange(1000) < 600
    known = np.full(1000, np.log(600 / 400))
    # Nothing is missing: the offsets are the true rate, and the column carries no information.
    assert fit_trees(np.zeros((1000, 1)), many, SETTINGS, known).logits(np.zeros((1, 1))) == pytest.approx(
        [0], abs=1e-6
    )


def test_logits_that_are_known_are_added_to() -> None:
    seen, held = slice(None, 400), slice(400, None)
    known = 3 * (FEATURES[:, 0] - 1)
    more = fit_trees(FEATURES[seen], TARGETS[seen], SETTINGS, known[seen]).logits(FEATURES[held])
    # Alone, the trees are no answer; added to the offsets, they improve it.
    assert _log_loss(known[held] + more, TARGETS[held]) < _log_loss(known[held], TARGETS[held])
    assert _log_loss(known[held] + more, TARGETS[held]) < _log_loss(more, TARGETS[held])


def test_no_row_has_no_logit(trees: GbdtModel) -> None:
    assert trees.logits(np.zeros((0, 3))).shape == (0,)
    assert trees.contributions(np.zeros((0, 3))).shape == (0, 4)


def test_trees_without_a_split_gain_nothing() -> None:
    stump = fit_trees(np.zeros((50, 2)), np.arange(50) < 25, SETTINGS)
    assert stump.gains().tolist() == [0, 0]


def test_missing_values_are_a_branch_of_their_own() -> None:
    column = np.where(np.arange(400) % 2, 1.0, np.nan)[:, None]
    found = fit_trees(column, np.isnan(column[:, 0]), SETTINGS).logits(np.array([[np.nan], [1.0]]))
    assert found[0] > 1
    assert found[1] < -1


def test_what_is_saved_is_loaded(trees: GbdtModel, tmp_path: Path) -> None:
    trees.save(tmp_path / "trees.txt")
    assert (tmp_path / "trees.txt").read_text().startswith("tree\n")
    loaded = load(tmp_path / "trees.txt")
    assert loaded.logits(FEATURES).tolist() == trees.logits(FEATURES).tolist()
    assert loaded.contributions(FEATURES).tolist() == trees.contributions(FEATURES).tolist()
    assert loaded.gains().tolist() == trees.gains().tolist()


def test_a_logit_is_the_log_of_the_odds() -> None:
    # Odds of 3 to 1 are three quarters.
    assert sigmoid(np.log(np.array([1.0, 3.0, 1 / 3]))) == pytest.approx([1 / 2, 3 / 4, 1 / 4])
