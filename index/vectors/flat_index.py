"""Find the nearest of many vectors; the exact reference in NumPy."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import BadInput, MissingArtifact, StaleArtifact

Matrix = npt.NDArray[np.float32]


class Hit(NamedTuple):
    """A vector that was found: its id and the cosine similarity."""

    id: str
    score: float


class VectorIndex(Protocol):
    """Holds unit vectors under ids and finds the nearest of them."""

    def __len__(self) -> int:
        """Return the number of vectors."""

    def add(self, ids: Sequence[str], vectors: Matrix) -> None:
        """Add unit rows, float32 (n, dim); an id that is there already is replaced."""

    def remove(self, ids: Sequence[str]) -> None:
        """Remove the vectors of these ids; those that are not there are passed over."""

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        """Return at most k hits for each query row, best first, ties by id, also at the k-th place."""

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""

    def load(self, folder: Path) -> None:
        """Replace the contents by what `save` wrote."""


def checked(ids: Sequence[str], vectors: Matrix, dim: int) -> Matrix:
    """Return the vectors as contiguous float32; raises `BadInput` for a wrong shape, repeated ids and NaN."""
    vectors = np.ascontiguousarray(vectors, np.float32)
    if vectors.shape != (len(ids), dim):
        raise BadInput(f"{len(ids)} ids need vectors of shape ({len(ids)}, {dim}), not {vectors.shape}")
    if len(set(ids)) != len(ids):
        raise BadInput("an id stands twice among the vectors to add")
    if not np.isfinite(vectors).all():
        raise BadInput("a vector to add holds NaN or infinity; the encoder's weights may be damaged")
    return vectors


def checked_queries(queries: Matrix, dim: int) -> Matrix:
    """Return the queries as contiguous float32; raises `BadInput` for a wrong shape."""
    queries = np.ascontiguousarray(queries, np.float32)
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise BadInput(f"queries must have the shape (n, {dim}), not {queries.shape}")
    return queries


class FlatIndex:
    """Compares each query with every vector: exact, without FAISS."""

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self._ids: list[str] = []
        self._vectors: Matrix = np.zeros((0, dim), np.float32)

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self._ids)

    def add(self, ids: Sequence[str], vectors: Matrix) -> None:
        """Add unit rows, float32 (n, dim); an id that is there already is replaced."""
        vectors = checked(ids, vectors, self._dim)
        self.remove(ids)
        self._ids += ids
        self._vectors = np.concatenate([self._vectors, vectors])

    def remove(self, ids: Sequence[str]) -> None:
        """Remove the vectors of these ids; those that are not there are passed over."""
        gone = set(ids)
        keep = [place for place, id in enumerate(self._ids) if id not in gone]
        if len(keep) < len(self._ids):
            self._ids = [self._ids[place] for place in keep]
            self._vectors = self._vectors[keep]

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        """Return at most k hits for each query row, best first, ties by id."""
        scores = checked_queries(queries, self._dim) @ self._vectors.T
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
        """Replace the contents by what `save` wrote."""
        path = folder / "flat.npz"
        if not path.is_file():
            raise MissingArtifact(f"no index at {path}")
        with np.load(path, allow_pickle=False) as saved:
            ids, vectors = [str(id) for id in saved["ids"]], saved["vectors"]
        if vectors.shape != (len(ids), self._dim):
            raise StaleArtifact(f"the index in {folder} does not fit its ids or the encoder; run fit again")
        self._ids, self._vectors = ids, vectors


def create(dim: int) -> FlatIndex:
    """Make the index for the plugin door."""
    return FlatIndex(dim)
