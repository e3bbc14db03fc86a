"""Find the tags that name a kind of product, such as a category, and not a property that many kinds share."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# A tag names a kind if the nearest products of its products mostly have it too. It must be on this many products, on at
# most this share of them, and on this many of those whose neighbours are looked at.
_PURITY = 0.8
_LEAST_PRODUCTS = 8
_MOST_SHARE = 0.4
_LEAST_SAMPLED = 5


def find_kinds(
    tags: Sequence[frozenset[str]], sample: npt.NDArray[np.int64], nearest: npt.NDArray[np.int64]
) -> dict[str, float]:
    """Return the kinds, each with how much it tells: from 0, a kind of all products, to 1, one of a single product.

    `tags` has the tags of all products; `sample` are the places of some of them, and `nearest` those of their nearest
    neighbours, (sample, neighbours).
    """
    counts = Counter(tag for each in tags for tag in each)
    sampled: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    for place, near in zip(sample.tolist(), nearest.tolist(), strict=True):
        sampled.update(tags[place])
        shared.update(tag for other in near for tag in tags[place] & tags[other])
    whole = np.log(max(len(tags), 2))
    return {
        tag: float(1 - np.log(counts[tag]) / whole)
        for tag in sorted(sampled)
        if sampled[tag] >= _LEAST_SAMPLED
        and _LEAST_PRODUCTS <= counts[tag] <= _MOST_SHARE * len(tags)
        and shared[tag] >= _PURITY * sampled[tag] * nearest.shape[1]
    }
