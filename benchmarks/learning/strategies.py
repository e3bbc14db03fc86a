"""The orders in which products are labelled: ours, and those of the literature."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from benchmarks.learning.student import Floats
from tagger.feedback.review_coverage import coverage, gains, likeness

Chances = Floats | None
# Asks for so many products of the pool; `chances` are None before the first labels.
Strategy = Callable[[Floats, Sequence[int], Chances, int, np.random.Generator], list[int]]
_CANDIDATES = 15
_LEAST = 0.02


def at_random(
    vectors: Floats, labelled: Sequence[int], chances: Chances, count: int, chance: np.random.Generator
) -> list[int]:
    """Ask in random order."""
    return [int(each) for each in chance.choice(_left(vectors, labelled), count, replace=False)]


def ours(
    vectors: Floats, labelled: Sequence[int], chances: Chances, count: int, chance: np.random.Generator
) -> list[int]:
    """Ask as the queue of the page does; a seed sees a random half of the pool at first."""
    alike = likeness(vectors, vectors)
    doubts = np.ones(len(vectors), np.float32) if chances is None else uncertainty(chances)
    closed = np.zeros(len(vectors), bool)
    closed[list(labelled)] = True
    if not labelled:
        closed |= chance.random(len(vectors)) < 0.5
    covered, asked = coverage(alike[:, list(labelled)]), list[int]()
    for _ in range(count):
        gain = gains(alike, doubts, covered)
        best = int(np.argmax(np.where(closed, -1, gain)))
        asked.append(best)
        closed[best] = True
        covered = np.maximum(covered, alike[:, best])
    return asked


def uncertainty(chances: Floats) -> Floats:
    """Return the entropy of the most probable tags of each product, in nats."""
    likeliest = np.clip(-np.partition(-chances, _CANDIDATES, axis=1)[:, :_CANDIDATES], 1e-6, 1 - 1e-6)
    return np.asarray(
        -(likeliest * np.log(likeliest) + (1 - likeliest) * np.log(1 - likeliest)).sum(axis=1), np.float32
    )


def margin(
    vectors: Floats, labelled: Sequence[int], chances: Chances, count: int, chance: np.random.Generator
) -> list[int]:
    """Ask where a tag is nearest to even odds."""
    if chances is None:
        return at_random(vectors, labelled, chances, count, chance)
    nearest = np.abs(chances - 0.5).min(axis=1) + 1e-6 * chance.random(len(vectors))
    nearest[list(labelled)] = np.inf
    return [int(each) for each in np.argsort(nearest)[:count]]


def coreset(
    vectors: Floats, labelled: Sequence[int], chances: Chances, count: int, chance: np.random.Generator
) -> list[int]:
    """Ask for the product farthest from all labelled ones, again and again."""
    asked = [] if labelled else [int(chance.integers(len(vectors)))]
    nearest = (vectors @ vectors[[*labelled, *asked]].T).max(axis=1)
    while len(asked) < count:
        nearest[[*labelled, *asked]] = np.inf
        asked.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[asked[-1]])
    return asked


def badge(
    vectors: Floats, labelled: Sequence[int], chances: Chances, count: int, chance: np.random.Generator
) -> list[int]:
    """Sample gradients of the last layer as k-means++ does; a gradient is (probability - label) times the vector."""
    if chances is None:
        return at_random(vectors, labelled, chances, count, chance)
    errors = np.where(chances >= 0.5, chances - 1, chances)
    errors = sparse.csr_matrix(np.where(np.abs(errors) < _LEAST, 0, errors))
    norms = np.asarray(errors.multiply(errors).sum(axis=1)).ravel()
    closed = list(labelled)
    far = norms.copy()
    asked: list[int] = []
    while len(asked) < count:
        far[[*closed, *asked]] = 0
        asked.append(int(np.argmax(far)) if not asked else int(chance.choice(len(far), p=far / far.sum())))
        cross = np.asarray((errors @ errors[asked[-1]].T).toarray()).ravel() * (vectors @ vectors[asked[-1]])
        apart = np.maximum(norms + norms[asked[-1]] - 2 * cross, 0)
        far = apart if len(asked) == 1 else np.minimum(far, apart)
    return asked


def _left(vectors: Floats, labelled: Sequence[int]) -> npt.NDArray[np.int64]:
    return np.setdiff1d(np.arange(len(vectors)), np.array(labelled, np.int64))


STRATEGIES: Mapping[str, Strategy] = {
    "ours": ours,
    "random": at_random,
    "margin": margin,
    "coreset": coreset,
    "badge": badge,
}
