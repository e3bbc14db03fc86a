"""Decision trees as flat arrays, read from LightGBM's text format."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# The bits of LightGBM's decision type: a missing value goes left, and the kind of missing value (0 none, 2 NaN).
_DEFAULT_LEFT = 2
_MISSING_SHIFT, _MISSING_MASK, _MISSING_IS_NAN = 2, 3, 2


@dataclass(frozen=True)
class Forest:
    """Numerical trees, one after the other.

    `leaves` is the number of leaves of each tree, (trees,); a tree with n leaves has n - 1 inner nodes, and the first
    one is its root. A row goes to the `left` child of a node if its value in `column` is at most `threshold`, else to
    the `right` one; `nan_goes_left` tells where a missing value goes. A child is a node of the same tree if it is not
    negative, else the leaf ~child. These and `gain` and `node_count`, the training rows that reached the node, are
    (nodes,). `value` and `leaf_count` are (leaves,). `columns` is the number of columns of a row.
    """

    columns: int
    leaves: Ints
    column: Ints
    threshold: Floats
    nan_goes_left: Flags
    left: Ints
    right: Ints
    gain: Floats
    node_count: Ints
    value: Floats
    leaf_count: Ints

    def nodes_of(self) -> Ints:
        """Return the tree of each node, (nodes,)."""
        return np.repeat(np.arange(len(self.leaves)), self.leaves - 1)


def parse_forest(text: str) -> Forest:
    """Read a model in LightGBM's text format, with numerical splits and a single output."""
    lines: dict[str, list[str]] = {}
    for line in text.partition("\nend of trees")[0].splitlines():
        key, _, values = line.partition("=")
        lines.setdefault(key, []).extend(values.split())
    decision, threshold = _array(lines["decision_type"], int), _array(lines["threshold"], float)
    kind = decision >> _MISSING_SHIFT & _MISSING_MASK
    # If no value was missing in training, LightGBM reads NaN as 0.
    nan_goes_left = np.where(kind == _MISSING_IS_NAN, decision & _DEFAULT_LEFT > 0, threshold >= 0)
    return Forest(
        columns=int(lines["max_feature_idx"][0]) + 1,
        leaves=_array(lines["num_leaves"], int),
        column=_array(lines["split_feature"], int),
        threshold=threshold,
        nan_goes_left=nan_goes_left,
        left=_array(lines["left_child"], int),
        right=_array(lines["right_child"], int),
        gain=_array(lines["split_gain"], float),
        node_count=_array(lines["internal_count"], int),
        value=_array(lines["leaf_value"], float),
        leaf_count=_array(lines["leaf_count"], int),
    )


def _array(values: list[str], kind: Callable[[str], float]) -> np.ndarray:
    return np.array(list(map(kind, values)), np.int64 if kind is int else np.float64)
