"""Second-pass features: how likely a candidate tag is given the other candidates of the same product.

They need a first probability for every candidate.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tagger.fusion.cooccurrence import TagStatistics

# The first-pass probability: itself, its rank, its ratio to the best, the sum over all candidates and over those ranked
# above. How strongly other candidates imply the tag: the strongest one, the weighted mean, and the weakest of the
# confident ones. How strongly they exclude it: the strongest one, the sum, and the lead over the most probable
# candidate that excludes it. The lift: how much more often than by chance the tag occurs with the others.
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
# Candidates above this probability count as confident, and exclusions above it as strong.
_SURE = 0.5
# Pseudo-counts, in products: for tags that occur together, and for tags that do not.
_SMOOTHING = 1.0
_DOUBT = 2.0
_LEAST = 1e-9


def context_features(
    tags: Sequence[str], probabilities: np.ndarray, statistics: TagStatistics
) -> npt.NDArray[np.float64]:
    """Return the features of one product's candidates, (tags, 12); `probabilities` is (tags,)."""
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
    """Return how strongly two tags exclude each other, 0 to 1: they occur together less often than by chance."""
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
    """Return the lowest P(tag | other) over confident other candidates; NaN if there are none."""
    least = np.where((weights > _SURE) & others, given, np.inf).min(axis=0)
    return np.where(np.isfinite(least), least, np.nan)
