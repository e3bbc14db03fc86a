"""Group products by their vectors, for a store whose tags name no kinds of product."""

import numpy as np

from index.vectors.base import Matrix
from tagger.novelty.word_counts import Ints

_CLUSTERS = 12
_ROUNDS = 10
_SHORTEST = 1e-12


def cluster(vectors: Matrix, random: np.random.Generator) -> Ints:
    """Return the cluster of each vector, (vectors,), by spherical k-means (Dhillon and Modha, Machine Learning 2001).

    `vectors` are unit rows, float32 (vectors, dim).
    """
    centres = vectors[random.permutation(len(vectors))[:_CLUSTERS]]
    for _ in range(_ROUNDS):
        nearest = np.argmax(vectors @ centres.T, axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        # An empty cluster keeps its centre.
        centres = np.where(lengths > _SHORTEST, sums / np.maximum(lengths, _SHORTEST), centres)
    return np.asarray(np.argmax(vectors @ centres.T, axis=1), np.int64)
