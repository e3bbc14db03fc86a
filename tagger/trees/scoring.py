"""Score rows with a forest by bit masks of leaves.

The idea is QuickScorer's (Lucchese et al., SIGIR 2015). Number the leaves of a tree from left to right. A node whose
test fails sends the row to the right, so its left leaves are out of reach; of the leaves that no failed test excludes,
the leftmost is the exit. The masks of all nodes of a column are combined beforehand, for each interval between
thresholds: scoring looks up one row of masks per column and joins them with AND, for all trees at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagger.trees.forest import Flags, Floats, Forest

# The masks of this many rows and of a joint table stay in a core's cache.
_ROWS_AT_ONCE = 256
_JOINT_INTERVALS = 128

Masks = npt.NDArray[np.unsignedinteger]


@dataclass(frozen=True)
class _Table:
    """The masks of one or several columns, (intervals, words), for each combination of their intervals.

    Each column has its sorted thresholds; the intervals between them come first, and the last one is NaN.
    """

    columns: Sequence[tuple[int, Floats]]
    masks: Masks

    def intervals(self, columns: Floats, missing: Sequence[Flags | None]) -> npt.NDArray[np.intp]:
        """Return the row of `masks` for each of the given rows, (columns, rows).

        `missing` marks the NaN of each column that has any.
        """
        found: npt.NDArray[np.intp] | None = None
        for column, thresholds in self.columns:
            places = thresholds.searchsorted(columns[column])
            absent = missing[column]
            if absent is not None:
                places[absent] = len(thresholds) + 1
            found = places if found is None else found * (len(thresholds) + 2) + places
        assert found is not None, "a table has a column"
        return found


class LeafMasks:
    """A forest prepared for scoring."""

    def __init__(self, forest: Forest) -> None:
        most = int(forest.leaves.max(initial=1))
        self._bits = 32 if most <= 32 else 64
        self._full = 2**self._bits - 1
        self._word = np.dtype(f"uint{self._bits}")
        self._words = -(-most // self._bits)
        self._trees = len(forest.leaves)
        removed, order = self._removed_leaves(forest)
        trees = np.repeat(np.arange(self._trees), forest.leaves)
        self._values = np.zeros(self._trees * self._words * self._bits)
        self._values[trees * self._words * self._bits + order] = forest.value
        self._offsets = np.arange(self._trees) * (self._words * self._bits)
        self._tables = _join(list(self._tables_of_columns(forest, removed)))

    def logits(self, rows: np.ndarray) -> Floats:
        """Return the sum of the trees' values for each row of (rows, columns), float64 (rows,)."""
        parts = [
            self._score(rows[start : start + _ROWS_AT_ONCE].T.astype(np.float64, order="C"))
            for start in range(0, len(rows), _ROWS_AT_ONCE)
        ]
        return np.concatenate([np.zeros(0), *parts])

    def _score(self, columns: Floats) -> Floats:
        absent = np.isnan(columns)
        has_any = np.asarray(absent.any(axis=1)).tolist()
        missing = [absent[column] if has_any[column] else None for column in range(len(absent))]
        reached = np.full((columns.shape[1], self._trees * self._words), self._full, self._word)
        looked_up = np.empty_like(reached)
        for table in self._tables:
            # With any other mode, NumPy would copy `out` first.
            table.masks.take(table.intervals(columns, missing), axis=0, out=looked_up, mode="clip")
            reached &= looked_up
        return np.asarray(self._values.take(self._exits(reached) + self._offsets).sum(axis=1), np.float64)

    def _exits(self, reached: Masks) -> npt.NDArray[np.integer]:
        """Return the number of the first leaf that is reached, from the left, (rows, trees)."""
        if self._words == 1:
            return _lowest_bit(reached)
        words = reached.reshape(len(reached), self._trees, self._words)
        first = (words != 0).argmax(axis=2)
        exits: npt.NDArray[np.integer] = first * self._bits + _lowest_bit(
            np.take_along_axis(words, first[..., None], axis=2)[..., 0]
        )
        return exits

    def _removed_leaves(self, forest: Forest) -> tuple[list[list[int]], npt.NDArray[np.int64]]:
        """Return the words of the mask of each node's left leaves, and each leaf's number from the left, (leaves,)."""
        removed = []
        order = np.zeros(len(forest.value), np.int64)
        node = leaf = 0
        for count in forest.leaves.tolist():
            inner = slice(node, node + count - 1)
            masks, places = _left_leaves(forest.left[inner].tolist(), forest.right[inner].tolist())
            removed += [[mask >> (self._bits * word) & self._full for word in range(self._words)] for mask in masks]
            order[leaf : leaf + count] = places
            node, leaf = node + count - 1, leaf + count
        return removed, order

    def _tables_of_columns(self, forest: Forest, removed: Sequence[Sequence[int]]) -> Iterator[_Table]:
        """Yield the masks of each column that has a test."""
        kept = ~np.array(removed, self._word).reshape(-1, self._words)
        places = forest.nodes_of()[:, None] * self._words + np.arange(self._words)
        for column in np.unique(forest.column).tolist():
            nodes = np.flatnonzero(forest.column == column)
            thresholds, interval = np.unique(forest.threshold[nodes], return_inverse=True)
            masks = np.full((len(thresholds) + 2, self._trees * self._words), self._full, self._word)
            np.bitwise_and.at(masks, (interval[:, None] + 1, places[nodes]), kept[nodes])
            np.bitwise_and.accumulate(masks[:-1], axis=0, out=masks[:-1])
            right = nodes[~forest.nan_goes_left[nodes]]
            masks[-1] = self._full
            np.bitwise_and.at(masks[-1], places[right], kept[right])
            yield _Table([(column, thresholds)], masks)


def _lowest_bit(words: Masks) -> npt.NDArray[np.uint8]:
    """Return the number of zeros below the lowest one."""
    return np.asarray(np.bitwise_count((words & -words) - words.dtype.type(1)))


def _left_leaves(left: Sequence[int], right: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the mask of the leaves to the left of each node of a tree, and each leaf's number from the left."""
    masks, order = [0] * len(left), [0] * (len(left) + 1)
    found = 0
    path = [(0 if left else -1, -1, 0)]
    while path:
        child, node, before = path.pop()
        if node >= 0:
            # All leaves to the left of the node have been numbered by now.
            masks[node] = (1 << found) - (1 << before)
        if child < 0:
            order[~child] = found
            found += 1
        else:
            path += [(right[child], child, found), (left[child], -1, 0)]
    return masks, order


def _join(tables: list[_Table]) -> list[_Table]:
    """Join tables of columns with few intervals: a table costs about the same whatever its size."""
    joint: list[_Table] = []
    for table in sorted(tables, key=lambda each: len(each.masks)):
        if joint and len(joint[-1].masks) * len(table.masks) <= _JOINT_INTERVALS:
            last = joint.pop()
            masks = (last.masks[:, None] & table.masks).reshape(-1, table.masks.shape[1])
            table = _Table([*last.columns, *table.columns], masks)
        joint.append(table)
    return joint
