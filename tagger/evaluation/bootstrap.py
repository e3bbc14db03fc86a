"""Significance of differences between systems: paired bootstrap over products (Efron and Tibshirani 1993)."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

_DRAWS = 2000
# Draws that are held in memory at once.
_AT_ONCE = 100

Accepted = Sequence[Collection[str]]


class Difference(NamedTuple):
    """A difference between two systems, and its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def significant(self) -> bool:
        """Tell whether the interval excludes 0."""
        return not self.low <= 0 <= self.high


def micro_f1_difference(before: Accepted, after: Accepted, gold: Accepted) -> Difference:
    """Return the gain in micro-F1 from `before` to `after`."""
    one, other = counts(before, gold), counts(after, gold)
    return _difference(lambda times: f1(times @ other) - f1(times @ one), len(gold))


def ratio_difference(before: np.ndarray, after: np.ndarray) -> Difference:
    """Return the gain in a ratio of sums; rows hold each product's numerator and denominator, (products, 2)."""
    return _difference(lambda times: ratio(times @ after) - ratio(times @ before), len(before))


def mean_difference(before: np.ndarray, after: np.ndarray) -> Difference:
    """Return the gain in the mean of a figure per product, both (products,)."""
    return _difference(lambda times: times @ (after - before) / len(before), len(before))


def _difference(of: Callable[[np.ndarray], np.ndarray], products: int) -> Difference:
    """Return a difference over all products, and its interval over bootstrap draws.

    `of` computes the difference for draws given as the number of times that each product was drawn, (draws, products).
    """
    drawn = np.concatenate([of(times) for times in _draws(products)])
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Difference(float(of(np.ones((1, products), int))[0]), float(low), float(high))


def _draws(products: int) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(0)
    for _ in range(_DRAWS // _AT_ONCE):
        rows = generator.integers(0, products, (_AT_ONCE, products))
        yield np.stack([np.bincount(row, minlength=products) for row in rows])


def counts(said: Accepted, gold: Accepted) -> np.ndarray:
    """Return each product's number of correct tags, and of suggested plus gold tags, int (products, 2)."""
    rows = zip(said, gold, strict=True)
    return np.array([(len(set(tags) & set(right)), len(set(tags)) + len(set(right))) for tags, right in rows])


def f1(summed: np.ndarray) -> np.ndarray:
    """Return the F1 of summed counts, (..., 2)."""
    return np.asarray(2 * summed[..., 0] / np.maximum(1, summed[..., 1]))


def ratio(summed: np.ndarray) -> np.ndarray:
    """Return the ratio of summed numerators to summed denominators, (..., 2)."""
    return np.asarray(summed[..., 0] / np.maximum(1, summed[..., 1]))
