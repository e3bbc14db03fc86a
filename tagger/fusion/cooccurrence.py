"""How often tags occur, alone and together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.product import Product

# Pseudo-count, in products, for how often two tags occur together.
_SMOOTHING = 2.0


class TagStatistics:
    """Tag frequencies and co-occurrence counts over labelled products."""

    def __init__(self, tags: Sequence[str], counts: np.ndarray, together: Any, products: int) -> None:
        self._tags = list(tags)
        self._numbers = {tag: number for number, tag in enumerate(tags)}
        self._counts = counts
        self._together = together
        self._products = products

    @classmethod
    def of(cls, products: Sequence[Product]) -> "TagStatistics":
        """Count over labelled products."""
        from scipy.sparse import csr_array

        tags = sorted({tag for product in products for tag in product.tags})
        numbers = {tag: number for number, tag in enumerate(tags)}
        rows = [row for row, product in enumerate(products) for _ in product.tags]
        columns = [numbers[tag] for product in products for tag in product.tags]
        has = csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(products), len(tags)))
        counts = np.asarray(has.sum(axis=0), np.float32).reshape(-1)
        return cls(tags, counts, (has.T @ has).tocsr(), len(products))

    def count(self, tag: str) -> float:
        """Return how many products have the tag."""
        number = self._numbers.get(tag)
        return 0.0 if number is None else float(self._counts[number])

    def support(self, tags: Sequence[str], strengths: np.ndarray) -> np.ndarray:
        """Return how strongly the other tags support each tag: the mean of P(tag | other), weighted by `strengths`.

        `strengths` and the result are (n,) for n tags; the result is between 0 and 1.
        """
        counts, together = self.together(tags)
        known = counts > 0
        given = np.where(known, together / (counts[:, None] + _SMOOTHING), 0)
        weights = np.where(known, strengths, 0)
        return np.where(known, (weights @ given) / np.maximum(weights.sum() - weights, 1e-9), 0)

    def together(self, tags: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return how many products have each tag, (n,), and each pair of tags, (n, n), with 0 on the diagonal."""
        places = np.array([self._numbers.get(tag, -1) for tag in tags], int)
        known = np.flatnonzero(places >= 0)
        inside = places[known]
        counts, together = np.zeros(len(tags)), np.zeros((len(tags), len(tags)))
        counts[known] = self._counts[inside]
        together[np.ix_(known, known)] = self._together[inside][:, inside].toarray()
        np.fill_diagonal(together, 0)
        return counts, together

    @property
    def products(self) -> int:
        """The number of products that were counted."""
        return self._products

    def save(self, folder: Path) -> None:
        """Write the counts into an existing folder."""
        matrix = self._together
        np.savez(
            folder / "statistics.npz",
            tags=np.array(self._tags, dtype=str),
            counts=self._counts,
            data=matrix.data,
            indices=matrix.indices,
            indptr=matrix.indptr,
            products=self._products,
        )

    @classmethod
    def load(cls, folder: Path) -> "TagStatistics":
        """Read the counts that `save` wrote."""
        from scipy.sparse import csr_array

        with np.load(folder / "statistics.npz", allow_pickle=False) as saved:
            tags = [str(tag) for tag in saved["tags"]]
            parts = (saved["data"], saved["indices"], saved["indptr"])
            together = csr_array(parts, shape=(len(tags), len(tags)))
            return cls(tags, saved["counts"], together, int(saved["products"]))
