"""Core types: suggestions, rankings, and the evidence for a tag."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Neighbour:
    """A labelled product that is near, with its cosine similarity and its share of the votes (0 to 1)."""

    id: str
    title: str
    similarity: float
    vote: float


@dataclass(frozen=True)
class Span:
    """A place in the product's text, in characters, that says the tag."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Contribution:
    """One source of the ranker's decision: its own score if it is a tagger that gave one, and its contribution.

    The contributions of all shares of a tag add up to the logit of the ranker's raw score.
    """

    source: str
    score: float | None
    contribution: float


@dataclass(frozen=True)
class DecisionEvidence:
    """What somebody decided on the tag, for this product (similarity 1) or for another one that is nearly the same.

    `kind` is "accept", "reject", "add" or "remove", `at` the time in ISO 8601.
    """

    kind: str
    by: str
    at: str
    product: str
    title: str
    similarity: float


@dataclass(frozen=True)
class Evidence:
    """Everything that speaks for or against a tag."""

    neighbours: tuple[Neighbour, ...] = ()
    spans: tuple[Span, ...] = ()
    shares: tuple[Contribution, ...] = ()
    decisions: tuple[DecisionEvidence, ...] = ()


def merge_evidence(parts: Iterable[Evidence]) -> Evidence:
    """Join the evidence that several taggers give for one tag; of spans within one another the widest stays."""
    parts = tuple(parts)
    spans = {each for part in parts for each in part.spans}
    widest = (each for each in spans if not any(_within(each, other) for other in spans))
    return Evidence(
        tuple(each for part in parts for each in part.neighbours),
        tuple(sorted(widest, key=lambda span: (span.start, -span.end))),
        tuple(each for part in parts for each in part.shares),
        tuple(each for part in parts for each in part.decisions),
    )


def _within(span: Span, other: Span) -> bool:
    return span != other and other.start <= span.start and span.end <= other.end


class Suggestion(NamedTuple):
    """A tag and how strongly it is suggested; higher is better."""

    tag: str
    score: float


Ranking = list[Suggestion]


def ranked(scores: Mapping[str, float], limit: int) -> Ranking:
    """Return at most `limit` suggestions, best first, ties by name."""
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return [Suggestion(tag, score) for tag, score in best]
