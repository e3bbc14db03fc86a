"""The protocol of a vector index, its types, and the checks that all indexes share."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import BadInput
from index.messages import Message

# Tolerance on the length of a unit vector; half precision changes it by half a thousandth.
_UNIT = 1e-3
# The smallest norm to divide by, as in torch's `normalize`.
_SHORTEST = 1e-12
Matrix = npt.NDArray[np.float32]


class Hit(NamedTuple):
    """A vector that was found: its id and its cosine similarity to the query."""

    id: str
    score: float


class VectorIndex(Protocol):
    """Holds unit vectors by id, and finds the nearest ones."""

    def __len__(self) -> int:
        """Return the number of vectors."""

    def add(self, ids: Sequence[str], vectors: Matrix) -> None:
        """Add unit rows, float32 (n, dim); an existing id is replaced."""

    def remove(self, ids: Sequence[str]) -> None:
        """Remove the vectors with these ids; unknown ids are skipped."""

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        """Return at most k hits for each query row, best first; ties are broken by id, also at the k-th place."""

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""

    def load(self, folder: Path) -> None:
        """Replace the contents with what `save` wrote."""


def check_vectors(ids: Sequence[str], vectors: Matrix, dim: int) -> Matrix:
    """Return the vectors as contiguous float32.

    Raises `BadInput` if the shape is wrong, an id is repeated, or a value is NaN or infinite.
    """
    vectors = np.ascontiguousarray(vectors, np.float32)
    if vectors.shape != (len(ids), dim):
        raise BadInput("index.shape", count=len(ids), dim=dim, shape=vectors.shape)
    if len(set(ids)) != len(ids):
        raise BadInput("index.duplicate-id")
    if not np.isfinite(vectors).all():
        raise BadInput("index.not-finite")
    return vectors


def check_queries(queries: Matrix, dim: int) -> Matrix:
    """Return the queries as contiguous float32; raises `BadInput` if the shape is wrong."""
    queries = np.ascontiguousarray(queries, np.float32)
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise BadInput("index.query-shape", dim=dim, shape=queries.shape)
    return queries


def wrong_rows(vectors: object, shape: tuple[int, int]) -> Message | None:
    """Describe why vectors are not unit float32 rows of that shape, or return None if they are."""
    if not isinstance(vectors, np.ndarray):
        return Message("returned.not-float32", found=type(vectors).__name__)
    if vectors.dtype != np.float32 or vectors.shape != shape:
        return Message("returned.vectors", type=vectors.dtype, shape=vectors.shape, expected=shape)
    if len(off := rows_off_unit(vectors)):
        return Message("returned.not-unit", length=f"{np.linalg.norm(vectors[off[0]]):.4g}", place=int(off[0]))
    return None


def rows_off_unit(vectors: Matrix) -> npt.NDArray[np.intp]:
    """Return the indices of rows whose length is not 1 within a thousandth, including rows with NaN."""
    squares = np.einsum("ij,ij->i", vectors, vectors)
    return np.flatnonzero(~(np.abs(squares - 1) <= 2 * _UNIT))


def unit_rows(vectors: Matrix) -> Matrix:
    """Return the rows with length 1, float32 of the same shape; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, _SHORTEST), np.float32)
