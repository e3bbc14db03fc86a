"""Find names that are similar in meaning, by their embeddings."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from index.text.language import LANGUAGES, detect_language
from index.vectors.base import Matrix

_BLOCK = 1024
# The mean of fewer names is not representative of the language.
_LEAST_FOR_MEAN = 5

Places = npt.NDArray[np.intp]
Near = tuple[int, int, float]


class NameVectors:
    """Names with their vectors, after subtracting the mean vector of each language.

    In a sentence encoder the mean accounts for most of the similarity of unrelated texts, and keeps names in different
    languages apart whatever they mean.
    """

    def __init__(self, names: Sequence[str], vectors: Matrix) -> None:
        languages = np.array([detect_language(name) for name in names], dtype=str)
        self._places = [np.flatnonzero(languages == language) for language in LANGUAGES]
        self._vectors = vectors
        if len(names) >= _LEAST_FOR_MEAN:
            self._vectors = _unit(vectors - self._means(vectors))

    def _means(self, vectors: Matrix) -> Matrix:
        """Return for each row the mean of its language, or the mean of all rows if the language has too few names."""
        means: Matrix = np.broadcast_to(vectors.mean(axis=0), vectors.shape).copy()
        for places in self._places:
            if len(places) >= _LEAST_FOR_MEAN:
                means[places] = vectors[places].mean(axis=0)
        return means

    def near(self, least: float) -> Iterator[Near]:
        """Yield pairs of names in one language, as (i, j, cosine), with i < j and cosine >= `least`."""
        for places in self._places:
            vectors = self._vectors[places]
            for start in range(0, len(places), _BLOCK):
                scores = vectors[start : start + _BLOCK] @ vectors.T
                for row, other in np.argwhere(scores >= least).tolist():
                    if start + row < other:
                        yield int(places[start + row]), int(places[other]), float(scores[row, other])

    def translations(self, least: float) -> Iterator[Near]:
        """Yield pairs of mutual nearest neighbours in two languages, as (i, j, cosine), with cosine >= `least`."""
        for left, right in combinations([places for places in self._places if len(places)], 2):
            there = _nearest(self._vectors[left], self._vectors[right])
            back = _nearest(self._vectors[right], self._vectors[left])
            for row in np.flatnonzero(back[there] == np.arange(len(left))):
                first, second = int(left[row]), int(right[there[row]])
                score = float(self._vectors[first] @ self._vectors[second])
                if score >= least:
                    yield first, second, score


def _nearest(queries: Matrix, vectors: Matrix) -> Places:
    """Return for each query the index of the vector with the highest cosine; ties go to the first."""
    blocks = (queries[start : start + _BLOCK] for start in range(0, len(queries), _BLOCK))
    return np.concatenate([(block @ vectors.T).argmax(axis=1) for block in blocks])


def _unit(vectors: Matrix) -> Matrix:
    unit: Matrix = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit
