"""Exact nearest-neighbour search in NumPy: the reference for all other indexes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.errors import MissingArtifact, StaleArtifact
from index.vectors.base import Hit, Matrix, check_queries, check_vectors


class FlatIndex:
    """Compares each query with every vector; exact, without FAISS."""

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self._ids: list[str] = []
        self._vectors: Matrix = np.zeros((0, dim), np.float32)

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self._ids)

    def add(self, ids: Sequence[str], vectors: Matrix) -> None:
        """Add unit rows, float32 (n, dim); an existing id is replaced."""
        vectors = check_vectors(ids, vectors, self._dim)
        self.remove(ids)
        self._ids += ids
        self._vectors = np.concatenate([self._vectors, vectors])

    def remove(self, ids: Sequence[str]) -> None:
        """Remove the vectors with these ids; unknown ids are skipped."""
        gone = set(ids)
        keep = [place for place, id in enumerate(self._ids) if id not in gone]
        if len(keep) < len(self._ids):
            self._ids = [self._ids[place] for place in keep]
            self._vectors = self._vectors[keep]

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        """Return at most k hits for each query row, best first; ties are broken by id, also at the k-th place."""
        scores = check_queries(queries, self._dim) @ self._vectors.T
        ids = np.array(self._ids, dtype=str)
        orders = (np.lexsort((ids, -row))[: max(0, k)] for row in scores)
        return [
            [Hit(self._ids[place], float(row[place])) for place in order]
            for row, order in zip(scores, orders, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        np.savez(folder / "flat.npz", ids=np.array(self._ids, dtype=str), vectors=self._vectors)

    def load(self, folder: Path) -> None:
        """Replace the contents with what `save` wrote.

        Raises `MissingArtifact` if there is no index, `StaleArtifact` if it does not match its ids or the encoder.
        """
        path = folder / "flat.npz"
        if not path.is_file():
            raise MissingArtifact("index.missing", path=path)
        with np.load(path, allow_pickle=False) as saved:
            ids, vectors = [str(id) for id in saved["ids"]], saved["vectors"]
        if vectors.shape != (len(ids), self._dim):
            raise StaleArtifact("index.mismatch", folder=folder)
        self._ids, self._vectors = ids, vectors


def create(dim: int) -> FlatIndex:
    """Make the index for the plugin registry."""
    return FlatIndex(dim)
