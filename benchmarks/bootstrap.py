"""Whether one system is better than another: paired bootstrap over products."""

from collections.abc import Collection, Sequence
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
    draws = np.random.default_rng(0).integers(0, len(gold), (_DRAWS, len(gold)))
    low, high = np.percentile(f1(other[draws].sum(1)) - f1(one[draws].sum(1)), [2.5, 97.5])
    return Difference(float(f1(other.sum(0)) - f1(one.sum(0))), float(low), float(high))


def counts(said: Accepted, gold: Accepted) -> np.ndarray:
    """Return for each product how many tags are right, and how many were said and wanted, int (products, 2)."""
    rows = zip(said, gold, strict=True)
    return np.array([(len(set(tags) & set(right)), len(set(tags)) + len(set(right))) for tags, right in rows])


def f1(summed: np.ndarray) -> np.ndarray:
    """Return the F1 of summed counts, (..., 2)."""
    return np.asarray(2 * summed[..., 0] / np.maximum(1, summed[..., 1]))
