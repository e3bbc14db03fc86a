"""Whether one system is better than another: paired bootstrap over products."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np

_DRAWS = 2000

Accepted = Sequence[Collection[str]]


class Difference(NamedTuple):
    """A difference of two systems, and its 95 % interval."""

    mean: float
    low: float
    high: float


def micro_f1_difference(before: Accepted, after: Accepted, gold: Accepted) -> Difference:
    """Return by how much `after` is better in micro-F1."""
    one, other = counts(before, gold), counts(after, gold)
    return _difference(lambda rows: f1(other[rows].sum(-2)) - f1(one[rows].sum(-2)), len(gold))


def mean_difference(before: np.ndarray, after: np.ndarray) -> Difference:
    """Return by how much the mean of one figure a product is higher, both (products,)."""
    return _difference(lambda rows: (after - before)[rows].mean(-1), len(before))


def _difference(of: Callable[[np.ndarray], np.ndarray], products: int) -> Difference:
    draws = np.random.default_rng(0).integers(0, products, (_DRAWS, products))
    low, high = np.percentile(of(draws), [2.5, 97.5])
    return Difference(float(of(np.arange(products))), float(low), float(high))


def counts(said: Accepted, gold: Accepted) -> np.ndarray:
    """Return for each product how many tags are right, and how many were said and wanted, int (products, 2)."""
    rows = zip(said, gold, strict=True)
    return np.array([(len(set(tags) & set(right)), len(set(tags)) + len(set(right))) for tags, right in rows])


def f1(summed: np.ndarray) -> np.ndarray:
    """Return the F1 of summed counts, (..., 2)."""
    return np.asarray(2 * summed[..., 0] / np.maximum(1, summed[..., 1]))
