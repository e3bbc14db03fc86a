from pathlib import Path

import numpy as np
import pytest

from index.encoders.weight_changes import apply_changes, write_changes

RANDOM = np.random.default_rng(0)
BEFORE = {
    "dense.weight": RANDOM.standard_normal((6, 4)).astype(np.float16),
    "dense.bias": RANDOM.standard_normal(6).astype(np.float32),
    "other.weight": RANDOM.standard_normal((3, 4)).astype(np.float16),
}


def test_changes_come_back_to_within_half_a_step_of_their_row(tmp_path: Path) -> None:
    change = RANDOM.standard_normal((6, 4)) * np.array([[1], [0.1], [0.01], [1e-5], [0], [3]])
    after = {"dense.weight": BEFORE["dense.weight"] + change, "dense.bias": BEFORE["dense.bias"] + 0.5}
    write_changes(BEFORE, after, tmp_path / "changes.safetensors")
    found = apply_changes(BEFORE, tmp_path / "changes.safetensors")
    half_steps = np.abs(change).max(axis=1, keepdims=True) / 127 * 0.51
    # Beside the steps, the result is rounded to half precision.
    rounding = np.abs(after["dense.weight"]) * 2.0**-11 + 1e-6
    assert (np.abs(found["dense.weight"] - after["dense.weight"]) <= half_steps + rounding).all()
    assert found["dense.bias"] == pytest.approx(after["dense.bias"], abs=2e-3)


def test_what_did_not_change_is_the_same_tensor(tmp_path: Path) -> None:
    write_changes(BEFORE, {"dense.bias": BEFORE["dense.bias"]}, tmp_path / "changes.safetensors")
    found = apply_changes(BEFORE, tmp_path / "changes.safetensors")
    assert list(found) == list(BEFORE)
    assert found["other.weight"] is BEFORE["other.weight"]
    assert found["dense.bias"] == pytest.approx(BEFORE["dense.bias"], abs=2e-3)
