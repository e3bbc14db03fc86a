"""The protocol of a vector index, its types, and the checks that all indexes share."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import BadInput

# Tolerance on the length of a unit vector; half precision changes it by half a thousandth.
_UNIT = 1e-3
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
        raise BadInput(f"{len(ids)} ids need vectors of shape ({len(ids)}, {dim}), not {vectors.shape}")
    if len(set(ids)) != len(ids):
        raise BadInput("an id stands twice among the vectors to add")
    if not np.isfinite(vectors).all():
        raise BadInput("a vector to add holds NaN or infinity; the encoder's weights may be damaged")
    return vectors


def check_queries(queries: Matrix, dim: int) -> Matrix:
    """Return the queries as contiguous float32; raises `BadInput` if the shape is wrong."""
    queries = np.ascontiguousarray(queries, np.float32)
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise BadInput(f"queries must have the shape (n, {dim}), not {queries.shape}")
    return queries


def wrong_rows(vectors: object, shape: tuple[int, int]) -> str:
    """Describe why vectors are not unit float32 rows of that shape, or return an empty string if they are."""
    if not isinstance(vectors, np.ndarray):
        return f"{type(vectors).__name__}, not an array of float32"
    if vectors.dtype != np.float32 or vectors.shape != shape:
        return f"vectors of type {vectors.dtype} and shape {vectors.shape}, not float32 of shape {shape}"
    if len(off := rows_off_unit(vectors)):
        return f"a vector of length {np.linalg.norm(vectors[off[0]]):.4g}, not 1, as number {off[0]}"
    return ""


def rows_off_unit(vectors: Matrix) -> npt.NDArray[np.intp]:
    """Return the indices of rows whose length is not 1 within a thousandth, including rows with NaN."""
    squares = np.einsum("ij,ij->i", vectors, vectors)
    return np.flatnonzero(~(np.abs(squares - 1) <= 2 * _UNIT))
