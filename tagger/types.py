"""Core types: suggestions, rankings, and the evidence for a tag."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.messages import Message
from index.product import Product
from index.text.plain_characters import Alignment, align


@dataclass(frozen=True)
class Neighbour:
    """A similar labelled product, with its cosine similarity and its share of the votes (0 to 1).

    `place` counts all labelled products by similarity: the nearest has 1. It is 0 if the tagger does not tell.
    """

    id: str
    title: str
    similarity: float
    vote: float
    place: int = 0


class LabelledHit(NamedTuple):
    """A labelled product that was found: its cosine similarity, and its tags."""

    similarity: float
    tags: Collection[str]


@dataclass(frozen=True)
class Span:
    """A part of the product's text that supports the tag; `start` and `end` count characters.

    Taggers count in `Product.text`, answers in `Product.shown`.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Contribution:
    """How much one source contributed to the ranker's score of a tag; `score` is the tagger's own, None if it has none.

    The contributions of all sources of a tag add up to the logit of the ranker's raw score.
    """

    source: str
    score: float | None
    contribution: float


@dataclass(frozen=True)
class DecisionEvidence:
    """A person's decision on the tag, for this product (similarity 1) or for a nearly identical one.

    `kind` is "accept", "reject", "add" or "remove", `at` the time in ISO 8601.
    """

    kind: str
    by: str
    at: str
    product: str
    title: str
    similarity: float


@dataclass(frozen=True)
class RuleEvidence:
    """What a rule had to do with the tag.

    `rule` is "never_automatic", with the words of the rule in `because`; "implied", with the tag that implies this one;
    or "threshold", with the probability from which the tag is accepted.
    """

    rule: str
    because: str


@dataclass(frozen=True)
class Evidence:
    """All evidence for or against a tag."""

    neighbours: tuple[Neighbour, ...] = ()
    spans: tuple[Span, ...] = ()
    shares: tuple[Contribution, ...] = ()
    decisions: tuple[DecisionEvidence, ...] = ()
    rules: tuple[RuleEvidence, ...] = ()


def merge_evidence(parts: Iterable[Evidence]) -> Evidence:
    """Merge several taggers' evidence for one tag; a span inside a wider one is dropped."""
    parts = tuple(parts)
    spans = {each for part in parts for each in part.spans}
    widest = (each for each in spans if not any(_within(each, other) for other in spans))
    return Evidence(
        tuple(each for part in parts for each in part.neighbours),
        tuple(sorted(widest, key=lambda span: (span.start, -span.end))),
        tuple(each for part in parts for each in part.shares),
        tuple(each for part in parts for each in part.decisions),
        tuple(each for part in parts for each in part.rules),
    )


def evidence_as_shown(product: Product, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return evidence with its spans in the text as people read it; taggers find them in its normal form."""
    shown = product.shown
    if product.text == shown or not any(each.spans for each in evidence):
        return list(evidence)
    alignment = align(product.lines)
    return [replace(each, spans=tuple(_as_shown(span, shown, alignment) for span in each.spans)) for each in evidence]


def _as_shown(span: Span, shown: str, alignment: Alignment) -> Span:
    start, end = alignment.part(span.start, span.end)
    return Span(start, end, shown[start:end])


def _within(span: Span, other: Span) -> bool:
    return span != other and other.start <= span.start and span.end <= other.end


class Suggestion(NamedTuple):
    """A tag and how strongly it is suggested; higher is better."""

    tag: str
    score: float


Ranking = list[Suggestion]


class NotAsked(Ranking):
    """The empty ranking of a product that a tagger was not asked about; `reason` says why, if something went wrong."""

    def __init__(self, reason: Message | None = None) -> None:
        super().__init__()
        self.reason = reason


def suggestions(tags: Iterable[str], scores: Iterable[float]) -> Ranking:
    """Return one suggestion for each tag and score, in the order given."""
    # A third of the time of `Suggestion(tag, score)`, whose constructor is a Python function.
    return list(map(partial(tuple.__new__, Suggestion), zip(tags, scores, strict=True)))


def ranked(scores: Mapping[str, float], limit: int) -> Ranking:
    """Return at most `limit` suggestions, best first, ties by name."""
    best = sorted(scores.items())
    best.sort(key=itemgetter(1), reverse=True)
    return list(map(partial(tuple.__new__, Suggestion), best[:limit]))


def rank_rows(scores: npt.NDArray[np.floating], tags: Sequence[str], limit: int) -> list[Ranking]:
    """Return a ranking for each row of scores, (products, tags); the tags are in alphabetical order."""
    # A stable sort leaves ties in the order of the names.
    order = np.argsort(-scores, axis=1, kind="stable")[:, :limit]
    best = np.take_along_axis(scores, order, axis=1)
    return [
        suggestions([tags[place] for place in places], row)
        for places, row in zip(order.tolist(), best.tolist(), strict=True)
    ]
