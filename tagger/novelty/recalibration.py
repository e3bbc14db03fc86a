"""Make the tags of unknown products less probable: a tag can be right only if the store has the product's kind."""

from collections.abc import Sequence
from dataclasses import replace

from tagger.corrections.effects import CorrectedScore, Corrections
from tagger.fusion.scored import Scored
from tagger.results import Familiarity
from tagger.types import Contribution, Ranking, Suggestion


def recalibrate(scored: Scored, familiarity: Sequence[Familiarity]) -> Scored:
    """Multiply the probabilities of unknown products by the chance that the store has their kind.

    That is the law of total probability, where a tag is never right for a product of a kind that the store lacks.
    A product whose text says nothing has no tags at all.
    """
    if all(each.known for each in familiarity):
        return scored
    return _Recalibrated(scored, familiarity)


class _Recalibrated:
    """Scored candidates of several products, some of them unknown."""

    def __init__(self, scored: Scored, familiarity: Sequence[Familiarity]) -> None:
        self._scored = scored
        self._chances = [1.0 if each.known else each.chance for each in familiarity]

    def rankings(self, limit: int) -> list[Ranking]:
        """Return the candidates by their probabilities; the contributions stay those of the fuser."""
        rankings = self._scored.rankings(limit)
        return [_less(ranking, chance) for ranking, chance in zip(rankings, self._chances, strict=True)]

    def contributions(self, tags: Sequence[Sequence[str]]) -> list[list[tuple[Contribution, ...]]]:
        """Return the contributions to the raw scores."""
        return self._scored.contributions(tags)

    def corrected(self, corrections: Sequence[Corrections]) -> list[dict[str, CorrectedScore]]:
        """Correct the scores; a tag that a person decided on for this product is as probable as ever."""
        corrected = self._scored.corrected(corrections)
        return [
            {
                tag: score if of_product[tag].decided is not None else replace(score, score=score.score * chance)
                for tag, score in scores.items()
            }
            for scores, of_product, chance in zip(corrected, corrections, self._chances, strict=True)
        ]


def _less(ranking: Ranking, chance: float) -> Ranking:
    if chance == 1:
        return ranking
    return [Suggestion(tag, score * chance) for tag, score in ranking] if chance else []
