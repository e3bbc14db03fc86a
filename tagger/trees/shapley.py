"""Explain a forest's scores by Shapley values of the columns.

These are TreeSHAP's values (Lundberg et al., "From local explanations to global understanding", 2020), as LightGBM
computes them. Every leaf is a product of conditions, one per column on its path. If only the columns of a set S are
known, a row reaches the leaf with the product of h over the columns in S and of z over the others: h is 1 if the row
meets the column's condition and else 0, and z is the share of training rows that do. If every other column is known
with probability t, the expected gain from knowing column c is value * (h_c - z_c) * product of (z + t * (h - z)) over
the other columns. The Shapley value is its integral over t from 0 to 1 (Owen, "Multilinear extensions of games", 1972).
The integrand is a polynomial, so that Gauss-Legendre quadrature with few points is exact.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from tagger.trees.forest import Flags, Floats, Forest

# The arrays of this many rows stay in a core's cache.
_ROWS_AT_ONCE = 5
_LOWEST = np.finfo(np.float64).min


class _Condition(NamedTuple):
    """What a path demands of one column: low < value <= high, or NaN if `missing`; `share` is z above."""

    low: float = -np.inf
    high: float = np.inf
    missing: bool = True
    share: float = 1.0


_ANY = _Condition()
_Path = tuple[dict[int, _Condition], float]


class _Paths:
    """Paths to leaves with the same number of columns; the arrays are (columns, paths), and `value` is (paths,).

    `columns` and `missing` are flat, (columns * paths,).
    """

    def __init__(self, paths: Sequence[_Path]) -> None:
        conditions = np.array([list(each.values()) for each, _ in paths], np.float64)
        self.low, self.high, missing, self.share = np.ascontiguousarray(conditions.transpose(2, 1, 0))
        self.missing = missing.ravel().astype(bool)
        self.value = np.array([value for _, value in paths])
        self.columns = np.array([list(each) for each, _ in paths]).T.ravel()
        points, weights = np.polynomial.legendre.leggauss((len(self.share) + 1) // 2)
        self.quadrature = [
            (point, weight, self.share * (1 - point))
            for point, weight in zip((points + 1) / 2, weights / 2, strict=True)
        ]

    def _met(self, rows: Floats, missing: Flags) -> Flags:
        """Return whether each row meets each condition, (rows, conditions)."""
        given = rows.take(self.columns, axis=1)
        met: Flags = (given > self.low.ravel()) & (given <= self.high.ravel())
        # Few columns have missing values.
        has_any = np.asarray(missing.any(axis=0))
        by_missing = np.flatnonzero(self.missing & has_any[self.columns])
        met[:, by_missing] |= missing[:, self.columns[by_missing]]
        return met

    def parts(self, rows: Floats, missing: Flags) -> Floats:
        """Return each condition's part of each row's score, (rows, columns of the paths, paths)."""
        shape = (len(rows), *self.share.shape)
        met = self._met(rows, missing).reshape(shape).astype(np.float64)
        total, chances = np.zeros(shape), np.empty(shape)
        for point, weight, unmet in self.quadrature:
            np.multiply(met, point, out=chances)
            chances += unmet
            np.divide(weight * chances.prod(axis=1, keepdims=True), chances, out=chances)
            total += chances
        met -= self.share
        total *= met
        total *= self.value
        return total


class ShapleyValues:
    """A forest prepared for explanations."""

    def __init__(self, forest: Forest) -> None:
        self._columns = forest.columns
        self._base = 0.0
        found: dict[int, list[_Path]] = defaultdict(list)
        for conditions, value in _paths(forest):
            self._base += value * math.prod(each.share for each in conditions.values())
            found[len(conditions)].append((conditions, value))
        self._paths = [_Paths(paths) for columns, paths in sorted(found.items()) if columns]

    def __call__(self, rows: np.ndarray) -> Floats:
        """Return each column's part of each row's score, and the mean score in a last column, (rows, columns + 1)."""
        parts = [self._explain(rows[start : start + _ROWS_AT_ONCE]) for start in range(0, len(rows), _ROWS_AT_ONCE)]
        return np.concatenate([np.zeros((0, self._columns + 1)), *parts])

    def _explain(self, rows: np.ndarray) -> Floats:
        # Above every lower bound, which may be minus infinity.
        rows = np.maximum(rows.astype(np.float64), _LOWEST)
        missing = np.isnan(rows)
        sums = np.zeros((len(rows), self._columns + 1))
        starts = np.arange(len(rows))[:, None] * sums.shape[1]
        for paths in self._paths:
            places = (starts + paths.columns).ravel()
            sums += np.bincount(places, paths.parts(rows, missing).ravel(), sums.size).reshape(sums.shape)
        sums[:, -1] = self._base
        return sums


def _paths(forest: Forest) -> Iterator[_Path]:
    """Yield the conditions of each leaf by column, and its value."""
    tests = zip(forest.column.tolist(), forest.threshold.tolist(), forest.nan_goes_left.tolist(), strict=True)
    children = zip(forest.left.tolist(), forest.right.tolist(), strict=True)
    nodes = zip(tests, children, forest.node_count.tolist(), strict=True)
    leaves = zip(forest.value.tolist(), forest.leaf_count.tolist(), strict=True)
    for count in forest.leaves.tolist():
        inner, outer = list(islice(nodes, count - 1)), list(islice(leaves, count))
        waiting: list[tuple[int, dict[int, _Condition]]] = [(0 if inner else ~0, {})]
        while waiting:
            place, conditions = waiting.pop()
            if place < 0:
                yield conditions, outer[~place][0]
                continue
            (column, threshold, nan_left), (left, right), rows = inner[place]
            low, high, missing, share = conditions.get(column, _ANY)
            for child in (left, right):
                reach = (outer[~child][1] if child < 0 else inner[child][2]) / rows
                to_left = child == left
                narrower = _Condition(
                    low if to_left else max(low, threshold),
                    min(high, threshold) if to_left else high,
                    missing and nan_left == to_left,
                    share * reach,
                )
                waiting.append((child, conditions | {column: narrower}))
