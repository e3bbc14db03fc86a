"""How unsure a fused ranking is, and from which level on products belong to the most unsure share."""

import math
from collections.abc import Sequence

import numpy as np

from tagger.types import Ranking


def unsureness(ranking: Ranking) -> float:
    """Return how many of a product's candidates are expected to be decided wrongly, by their probabilities."""
    return sum(min(each.score, 1 - each.score) for each in ranking)


def unsure_from(rankings: Sequence[Ranking], share: float) -> float:
    """Return the level that at most this share of the products exceeds; minus infinity if all may, or none is given."""
    if share >= 1 or not rankings:
        return -math.inf
    return float(np.quantile(list(map(unsureness, rankings)), 1 - share, method="higher"))
