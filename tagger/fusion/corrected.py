"""Scored candidates with people's decisions applied."""

import sys
from collections.abc import Mapping, Sequence

from tagger.corrections.effects import CorrectedScore, Corrections, add_decision_contribution, apply_corrections
from tagger.fusion.scored import Scored
from tagger.types import Contribution, Evidence, Ranking


class CorrectedCandidates:
    """Candidates of several products, corrected by people's decisions; every result has one entry per product."""

    def __init__(self, scored: Scored, corrections: Sequence[Corrections]) -> None:
        self._scored = scored
        self._corrections = corrections
        self._corrected = scored.corrected(corrections)

    def rankings(self, limit: int) -> list[Ranking]:
        """Return at most `limit` tags per product, best first, without rejected tags."""
        # Lower tags may move up, if there are corrections.
        rankings = self._scored.rankings(sys.maxsize if any(self._corrections) else limit)
        parts = zip(rankings, self._corrections, self._corrected, strict=True)
        return [apply_corrections(*each, limit) for each in parts]

    def evidence(self, tags: Sequence[Sequence[str]]) -> list[list[Evidence]]:
        """Return, for each given tag of each product, the contributions to its score and the decisions on it."""
        candidates = [
            [tag for tag in wanted if _is_candidate(tag, corrected)]
            for wanted, corrected in zip(tags, self._corrected, strict=True)
        ]
        contributions = self._scored.contributions(candidates)
        known = (dict(zip(*each, strict=True)) for each in zip(candidates, contributions, strict=True))
        parts = zip(tags, known, self._corrections, self._corrected, strict=True)
        return [
            [_evidence(tag, contributed, corrections, corrected) for tag in wanted]
            for wanted, contributed, corrections, corrected in parts
        ]


def _is_candidate(tag: str, corrected: Mapping[str, CorrectedScore]) -> bool:
    return tag not in corrected or corrected[tag].suggested


def _evidence(
    tag: str,
    contributions: Mapping[str, tuple[Contribution, ...]],
    corrections: Corrections,
    corrected: Mapping[str, CorrectedScore],
) -> Evidence:
    return Evidence(
        shares=add_decision_contribution(contributions.get(tag, ()), corrected.get(tag)),
        decisions=corrections[tag].decisions if tag in corrections else (),
    )
