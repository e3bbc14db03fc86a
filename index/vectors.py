"""Find the nearest of many vectors; the exact reference in NumPy."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import BadInput, MissingArtifact

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
        """Return at most k hits for each query row, best first, ties by id."""

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""

    def load(self, folder: Path) -> None:
        """Replace the contents by what `save` wrote."""


def checked(ids: Sequence[str], vectors: Matrix, dim: int) -> Matrix:
    """Return the vectors as contiguous float32; raises `BadInput` for a wrong shape or repeated ids."""
    vectors = np.ascontiguousarray(vectors, np.float32)
    if vectors.shape != (len(ids), dim):
        raise BadInput(f"{len(ids)} ids need vectors of shape ({len(ids)}, {dim}), not {vectors.shape}")
    if len(set(ids)) != len(ids):
        raise BadInput("an id stands twice among the vectors to add")
    return vectors


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
        scores = np.asarray(queries, np.float32) @ self._vectors.T
        ids = np.array(self._ids, dtype=str)
        orders = (np.lexsort((ids, -row))[:k] for row in scores)
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
            self._ids, self._vectors = [str(id) for id in saved["ids"]], checked(saved["ids"], saved["vectors"], self._dim)


def create(dim: int) -> FlatIndex:
    """Make the index for the plugin door."""
    return FlatIndex(dim)
