"""Describe by numbers what a product's other candidates say of each, once all have a first probability."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tagger.fusion.cooccurrence import TagStatistics

# The first probability with its rank, its share of the best, the sum of all and of those above; how far a single other
# and all others imply the tag, and the least that a sure one does; how far they exclude it, the strongest and all, and
# by how much the strongest that excludes it is beaten; how much more often than by chance it comes with the others.
COMPANY = (
    "probability",
    "rank",
    "share of best",
    "sum",
    "sum above",
    "implied by one",
    "implied by all",
    "implied by the sure",
    "excluded by one",
    "excluded by all",
    "lead over what excludes it",
    "lift",
)
_SURE = 0.5
# So many products' worth of doubt about tags that go together, and about tags that do not.
_SMOOTHING = 1.0
_DOUBT = 2.0
_LEAST = 1e-9


def context_features(
    tags: Sequence[str], probabilities: np.ndarray, statistics: TagStatistics
) -> npt.NDArray[np.float64]:
    """Return the numbers of one product's candidates, (tags, 12); `probabilities` is (tags,)."""
    if not len(tags):
        return np.zeros((0, len(COMPANY)))
    counts, together = statistics.together(tags)
    chance = counts[:, None] * counts / max(statistics.products, 1)
    given = together / (counts[:, None] + _SMOOTHING)
    others = ~np.eye(len(tags), dtype=bool)
    excluding = _excluding(together, chance) * others
    lift = np.log((together + 0.5) / (chance + 0.5)) * others
    weights = probabilities[:, None]
    total = probabilities.sum()
    return np.column_stack(
        [
            *_alone(probabilities),
            (given * weights).max(axis=0),
            (given * weights).sum(axis=0) / np.maximum(total - probabilities, _LEAST),
            _least_of_sure(given, weights, others),
            (excluding * weights).max(axis=0),
            (excluding * weights).sum(axis=0),
            probabilities - (weights * (excluding > _SURE)).max(axis=0),
            (lift * weights).sum(axis=0),
        ]
    )


def _excluding(together: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return how far two tags exclude each other, 0 to 1: seldom together, though chance would often have them so."""
    seldom = np.clip(1 - together / np.maximum(chance, _LEAST), 0, 1)
    return np.asarray(seldom * chance / (chance + _DOUBT))


def _alone(probabilities: np.ndarray) -> tuple[np.ndarray, ...]:
    order = np.argsort(-probabilities, kind="stable")
    rank, above = np.empty(len(order)), np.empty(len(order))
    rank[order] = np.arange(len(order))
    above[order] = np.cumsum(probabilities[order]) - probabilities[order]
    best, total = max(probabilities.max(), _LEAST), probabilities.sum()
    return probabilities, rank, probabilities / best, np.full(len(order), total), above


def _least_of_sure(given: np.ndarray, weights: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the least that a sure other implies each tag by, NaN where there is no sure other."""
    least = np.where((weights > _SURE) & others, given, np.inf).min(axis=0)
    return np.where(np.isfinite(least), least, np.nan)
