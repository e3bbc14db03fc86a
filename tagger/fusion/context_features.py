"""Second-pass features: how likely a candidate tag is given the other candidates of the same product.

They need a first probability for every candidate.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tagger.fusion.cooccurrence import TagBlock, TagStatistics

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
    tags: Sequence[str], starts: Sequence[int], probabilities: np.ndarray, statistics: TagStatistics
) -> npt.NDArray[np.float64]:
    """Return the features of several products' candidates, (tags, 12); `probabilities` is (tags,).

    The candidates of product p are those from starts[p] to starts[p + 1].
    """
    features = np.empty((len(tags), len(COMPANY)))
    for block in statistics.blocks(tags, starts):
        features[block.rows] = _features(block, probabilities[block.rows], statistics.products)
    return features


def _features(block: TagBlock, probabilities: np.ndarray, products: int) -> npt.NDArray[np.float64]:
    """Return the features of a block's rows, (rows, 12); in the arrays of pairs, axis 1 is the other candidate."""
    counts, together = block.counts, block.together
    chance = counts[:, :, None] * counts[:, None, :] / max(products, 1)
    others = ~np.eye(counts.shape[1], dtype=bool)
    weights = block.pad(probabilities)[:, :, None]
    total = np.bincount(block.product, probabilities, len(counts))[block.product]
    given = together / (counts[:, :, None] + _SMOOTHING)
    excluding = _excluding(together, chance) * others
    lift = np.log((together + 0.5) / (chance + 0.5)) * others
    implied, excluded = given * weights, excluding * weights
    of_pairs = [
        implied.max(axis=1),
        implied.sum(axis=1),
        _least_of_sure(given, weights, others),
        excluded.max(axis=1),
        excluded.sum(axis=1),
        np.where(excluding > _SURE, weights, 0).max(axis=1),
        (lift * weights).sum(axis=1),
    ]
    implied_by_one, implied_by_all, by_sure, by_one, by_all, strongest, lifted = map(block.unpad, of_pairs)
    return np.column_stack(
        [
            *_alone(block, probabilities, total),
            implied_by_one,
            implied_by_all / np.maximum(total - probabilities, _LEAST),
            by_sure,
            by_one,
            by_all,
            probabilities - strongest,
            lifted,
        ]
    )


def _excluding(together: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return how strongly two tags exclude each other, 0 to 1: they occur together less often than by chance."""
    seldom = np.clip(1 - together / np.maximum(chance, _LEAST), 0, 1)
    return np.asarray(seldom * chance / (chance + _DOUBT))


def _alone(block: TagBlock, probabilities: np.ndarray, total: np.ndarray) -> tuple[np.ndarray, ...]:
    padded = block.pad(probabilities, -1)
    order = np.argsort(-padded, axis=1, kind="stable")
    best_first = np.take_along_axis(padded, order, axis=1)
    rank, above = np.empty(padded.shape), np.empty(padded.shape)
    np.put_along_axis(rank, order, np.arange(padded.shape[1])[None], axis=1)
    np.put_along_axis(above, order, np.cumsum(best_first, axis=1) - best_first, axis=1)
    best = np.maximum(best_first[:, 0], _LEAST)[block.product]
    return probabilities, block.unpad(rank), probabilities / best, total, block.unpad(above)


def _least_of_sure(given: np.ndarray, weights: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the lowest P(tag | other) over confident other candidates; NaN if there are none."""
    least = np.where((weights > _SURE) & others, given, np.inf).min(axis=1)
    return np.where(np.isfinite(least), least, np.nan)
