"""The interface of scored candidates: score once, then read rankings, contributions and corrections."""

from collections.abc import Sequence
from typing import Protocol

from tagger.corrections.effects import CorrectedScore, Corrections
from tagger.types import Contribution, Ranking


class Scored(Protocol):
    """The candidate tags of several products with their scores; every result has one entry per product."""

    def rankings(self, limit: int) -> list[Ranking]:
        """Return at most `limit` candidates, best first; scores are probabilities if the fuser is trained."""

    def contributions(self, tags: Sequence[Sequence[str]]) -> list[list[tuple[Contribution, ...]]]:
        """Return, for each given candidate of each product, the contribution of each source to its score."""

    def corrected(self, corrections: Sequence[Corrections]) -> list[dict[str, CorrectedScore]]:
        """Return the corrected scores of all tags in `corrections`, including tags that are not candidates."""
