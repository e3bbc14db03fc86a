"""Accuracy: whether all that is said about a product, or its category, is right.

The tags of a facet usually depend on one another: a category comes with those above it. So the answer is the set of
tags that training products have in the facet and whose tags are together the most probable.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from index.product import Product
from tagger.evaluation.metrics import Gold
from tagger.types import Ranking

_SMALLEST = 1e-4


@dataclass(frozen=True)
class TagSets:
    """The sets of tags that training products have, of one facet or of all; `within` has the tags of the facet."""

    within: Collection[str]
    sets: Sequence[frozenset[str]] = field(default=())

    def of(self, tags: Collection[str]) -> frozenset[str]:
        """Return the tags of the facet among these."""
        return frozenset(tag for tag in tags if tag in self.within)


def tag_sets(products: Sequence[Product], within: Collection[str]) -> TagSets:
    """Collect the sets of tags that products have within a facet."""
    empty = TagSets(frozenset(within))
    found = dict.fromkeys(empty.of(product.tags) for product in products)
    return TagSets(empty.within, sorted((each for each in found if each), key=sorted))


def accuracy(rankings: Sequence[Ranking], gold: Gold, sets: TagSets, threshold: float) -> float:
    """Return the share of products whose tags in the facet are exactly right; those without any are left out."""
    pairs = [(ranking, sets.of(tags)) for ranking, tags in zip(rankings, gold, strict=True)]
    asked = [(ranking, wanted) for ranking, wanted in pairs if wanted]
    right = [most_probable(ranking, sets, threshold) == wanted for ranking, wanted in asked]
    return float(np.mean(right)) if right else 0.0


def most_probable(ranking: Ranking, sets: TagSets, threshold: float) -> frozenset[str]:
    """Return the known set of tags with the highest sum of log odds, relative to the threshold of a single tag."""
    base = _log_odds(threshold)
    odds = {tag: _log_odds(score) - base for tag, score in ranking}
    missing = _log_odds(0.0) - base
    sums = [sum(odds.get(tag, missing) for tag in each) for each in sets.sets]
    return sets.sets[int(np.argmax(sums))] if sums else frozenset()


def _log_odds(probability: float) -> float:
    inside = min(max(probability, _SMALLEST), 1 - _SMALLEST)
    return float(np.log(inside / (1 - inside)))
