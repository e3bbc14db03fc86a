"""Candidate tags that were scored once: rankings, contributions and corrections are all read from them."""

from collections.abc import Sequence
from typing import Protocol

from tagger.corrections.effects import CorrectedScore, Corrections
from tagger.types import Contribution, Ranking


class Scored(Protocol):
    """The candidate tags of some products with their scores; every answer has one entry for each product."""

    def rankings(self, limit: int) -> list[Ranking]:
        """Return at most `limit` candidates, best first; scores are probabilities where the fuser is trained."""

    def contributions(self, tags: Sequence[Sequence[str]]) -> list[list[tuple[Contribution, ...]]]:
        """Return, for each of a product's given candidates, what each source contributed to its score."""

    def corrected(self, corrections: Sequence[Corrections]) -> list[dict[str, CorrectedScore]]:
        """Return the scores of the tags that people's decisions correct, also of tags that are no candidates."""
