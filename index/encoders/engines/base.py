"""The protocol of an engine."""

from collections.abc import Sequence
from typing import Literal, Protocol

from index.vectors.base import Matrix

# Vectors of two arithmetics differ by more than rounding errors.
Arithmetic = Literal["float32", "bfloat16"]


class Engine(Protocol):
    """Computes the vectors of one model; safe to call from several threads."""

    @property
    def name(self) -> str:
        """Name the program, such as "openvino"."""

    @property
    def arithmetic(self) -> Arithmetic:
        """Return the number format of the matrix products."""

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given; a row never depends on the other texts."""
