"""One yes-or-no classifier for each tag, whatever the kind of classifier."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from index.product import Product
from index.vectors.base import Matrix
from tagger.taggers.classic.text_rows import TextRows
from tagger.types import Ranking, rank_rows

Arrays = Mapping[str, npt.NDArray[np.generic]]
Labels = npt.NDArray[np.bool_]

_BATCH = 256
_MODEL = "model.npz"


class Classifiers(Protocol):
    """A kind of classifier; what it learns is a few arrays."""

    def learn(self, rows: sp.csr_matrix, labels: Labels) -> Arrays:
        """Train a classifier for each column of the labels, (products, tags)."""

    def probabilities(self, learnt: Arrays, rows: sp.csr_matrix) -> Matrix:
        """Return the probability of each tag for each row, float32 (rows, tags)."""


class OneVsRestTagger:
    """Scores a tag by the probability that its own classifier gives."""

    text_only: Literal[True] = True

    def __init__(self, classifiers: Classifiers, rows: TextRows) -> None:
        self._classifiers = classifiers
        self._rows = rows
        self._learnt: Arrays = {}

    def fit(self, products: Sequence[Product]) -> None:
        """Train a classifier for each tag; without any feature the tagger stays empty."""
        rows = self._rows.fit(products)
        places = {tag: place for place, tag in enumerate(self._rows.tags)}
        labels = np.zeros((len(products), len(places)), bool)
        for row, product in zip(labels, products, strict=True):
            row[[places[tag] for tag in product.tags]] = True
        self._learnt = self._classifiers.learn(rows, labels) if rows.shape[1] and labels.size else {}

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the most probable tags of each product."""
        if not self._learnt:
            return [[] for _ in products]
        rankings: list[Ranking] = []
        for start in range(0, len(products), _BATCH):
            rows = self._rows.rows(product.text for product in products[start : start + _BATCH])
            rankings += rank_rows(self._classifiers.probabilities(self._learnt, rows), self._rows.tags, limit)
        return rankings

    def save(self, folder: Path) -> None:
        """Write the features and the arrays of the classifiers."""
        self._rows.save(folder)
        if self._learnt:
            np.savez_compressed(folder / _MODEL, allow_pickle=False, **self._learnt)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._rows.load(folder)
        self._learnt = {}
        if (folder / _MODEL).is_file():
            with np.load(folder / _MODEL, allow_pickle=False) as saved:
                self._learnt = dict(saved)


def logistic(margins: npt.NDArray[np.floating]) -> Matrix:
    """Return 1 / (1 + exp(-x)), float32, without an overflow."""
    found: Matrix = (0.5 * (1 + np.tanh(0.5 * margins))).astype(np.float32)
    return found
