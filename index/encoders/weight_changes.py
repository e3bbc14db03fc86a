"""Changes of a model's weights, in 8 bits: a training of a few layers, without the weights that it began from."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

Tensor = npt.NDArray[np.floating]

_SCALE = ".scale"
_HIGHEST = 127
# A row that did not change has this scale.
_LEAST_SCALE = 1e-8


def write_changes(before: Mapping[str, Tensor], after: Mapping[str, Tensor], path: Path) -> None:
    """Write what changed between two states of the tensors in `after`.

    Matrices are written as int8 with a float16 scale for each row, vectors as float16.
    """
    from safetensors.numpy import save_file

    written: dict[str, npt.NDArray[np.generic]] = {}
    for name, tensor in after.items():
        change = tensor.astype(np.float32) - before[name].astype(np.float32)
        if change.ndim == 1:
            written[name] = change.astype(np.float16)
            continue
        scale = np.maximum(np.abs(change).max(axis=1) / _HIGHEST, _LEAST_SCALE).astype(np.float16)
        scale = np.maximum(scale, np.finfo(np.float16).smallest_subnormal)
        steps = np.rint(change / scale[:, None].astype(np.float32))
        written[name] = np.clip(steps, -_HIGHEST, _HIGHEST).astype(np.int8)
        written[name + _SCALE] = scale
    save_file(written, path)


def apply_changes(before: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Return the tensors with the changes that `write_changes` wrote, float16 where they changed."""
    from safetensors.numpy import load_file

    written = load_file(path)
    changed = dict(before)
    for name, change in written.items():
        if name.endswith(_SCALE):
            continue
        step = written[name + _SCALE].astype(np.float32)[:, None] if name + _SCALE in written else np.float32(1)
        changed[name] = (before[name].astype(np.float32) + change.astype(np.float32) * step).astype(np.float16)
    return changed
