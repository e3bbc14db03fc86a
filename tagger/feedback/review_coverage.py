"""Choose the product to review next: one that is doubtful, like many other doubtful ones, and unlike those reviewed.

The gain of a review is the product's own doubt times the doubt that it covers: that of all products, each as far as it
is more like this one than like any reviewed before. This is facility location (for labels: Wei, Iyer and Bilmes, ICML
2015), for which choosing the best one at a time comes within 1 - 1/e of the best set (Nemhauser, Wolsey and Fisher,
1978).
"""

import numpy as np
import numpy.typing as npt

from index.vectors.base import Matrix

# The cosine similarity at which one product says little of another, below 1: exp(-0.1 / 0.05) is an eighth.
_WIDTH = 0.05

Floats = npt.NDArray[np.float32]


def likeness(vectors: Matrix, others: Matrix) -> Floats:
    """Return how much one product says of another, 0 to 1, (vectors, others), from unit vectors."""
    return np.asarray(np.exp((vectors @ others.T - 1) / _WIDTH), np.float32)


def coverage(alike: Floats) -> Floats:
    """Return how well each product is covered by the reviewed ones, (products,), from `alike` (products, reviewed)."""
    return np.asarray(alike.max(axis=1, initial=0.0), np.float32)


def gains(alike: Floats, doubts: Floats, covered: Floats) -> Floats:
    """Return the gain of reviewing each product, (products,); `alike` is (products, products)."""
    return np.asarray(doubts * (np.maximum(alike - covered, 0) @ doubts), np.float32)
