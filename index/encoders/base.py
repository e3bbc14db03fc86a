"""The protocol of an encoder."""

from collections.abc import Sequence
from typing import Protocol

from index.vectors.base import Matrix

ARITHMETIC = "arithmetic"
EXACT = "float32"


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Name the model and its exact weights: vectors under the same name are comparable."""

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given."""


def arithmetic_of(encoder: object) -> str:
    """Return the number format in which an encoder computes; one that does not tell computes in float32."""
    return str(getattr(encoder, ARITHMETIC, EXACT))
