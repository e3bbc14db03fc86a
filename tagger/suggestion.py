"""What a tagger says: tags with scores, best first."""

from collections.abc import Mapping
from typing import NamedTuple


class Suggestion(NamedTuple):
    """A tag and how strongly it is suggested; higher is better."""

    tag: str
    score: float


Ranking = list[Suggestion]


def ranked(scores: Mapping[str, float], limit: int) -> Ranking:
    """Return at most `limit` suggestions, best first, ties by name."""
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return [Suggestion(tag, score) for tag, score in best]
