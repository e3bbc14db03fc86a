"""What tells a familiar product from a stranger: its neighbours, its words, and the kinds of product that it names."""

from collections.abc import Mapping, Sequence

import numpy as np

from tagger.novelty.word_counts import Ints
from tagger.types import LabelledHit, Ranking

# The mean similarity of the nearest products, and how far the first is ahead of the mean of all (the distance to
# neighbours as a score of novelty: Sun, Ming, Zhu and Li, ICML 2022). The share of words that no product has. How
# reliable the most reliable kind named in the text is. How far the neighbours agree on a kind.
NEAR, LEAD, UNSEEN, NAMED, AGREEMENT = range(5)
FEATURES = ("near", "lead", "unseen words", "named kind", "agreement")
_NEAREST = 3


def of_similarities(best_first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the features `NEAR` and `LEAD`, (products,) each, of similarities (products, neighbours), best first."""
    return best_first[:, :_NEAREST].mean(axis=1), best_first[:, 0] - best_first.mean(axis=1)


def unseen_share(counts: Ints) -> float:
    """Return the share of words that no product has; `counts` is (words,). A text without words is all unseen."""
    return float((counts <= 0).mean()) if len(counts) else 1.0


def named_kind(ranking: Ranking, kinds: Mapping[str, float]) -> float:
    """Return the score of the best kind among the tags that the text names, 0 if it names none."""
    return max((score for tag, score in ranking if tag in kinds), default=0.0)


def agreement(nearest: Sequence[LabelledHit], kinds: Mapping[str, float]) -> float:
    """Return the largest share of neighbours of one kind, times how much the kind tells.

    `kinds` has for each kind how much it tells: from 0, a kind of all products, to 1, one of a single product.
    """
    shares: dict[str, float] = {}
    for hit in nearest:
        for tag in hit.tags:
            if tag in kinds:
                shares[tag] = shares.get(tag, 0.0) + kinds[tag]
    return max(shares.values(), default=0.0) / max(len(nearest), 1)
