"""Highlight spans of a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from tagger.types import Span
from tagger.web.components.templates import render


@dataclass(frozen=True)
class Piece:
    """A piece of a text; one with a title is highlighted."""

    text: str
    title: str | None = None


@dataclass(frozen=True)
class Excerpt:
    """A span's text, with some of the text before and after it."""

    before: str
    text: str
    after: str


def highlight(text: str, spans: Sequence[tuple[Span, str]], *, longest: int) -> Markup:
    """Show the first `longest` characters of a text with its spans highlighted; each span comes with its title."""
    return render("components/highlight.html", pieces=split(text, spans, longest=longest))


def split(text: str, spans: Sequence[tuple[Span, str]], *, longest: int) -> list[Piece]:
    """Split the first `longest` characters of a text where a span begins or ends.

    Spans may overlap: a piece of text under several of them has all of their titles.
    """
    shown = text[:longest]
    inside = [(span, title) for span, title in spans if 0 <= span.start < span.end <= len(shown)]
    edges = sorted({0, len(shown), *(edge for span, _ in inside for edge in (span.start, span.end))})
    pieces = [Piece(shown[start:end], _title(start, end, inside)) for start, end in pairwise(edges)]
    return [*pieces, Piece("…")] if len(text) > longest else pieces


def _title(start: int, end: int, spans: Sequence[tuple[Span, str]]) -> str | None:
    titles = dict.fromkeys(title for span, title in spans if span.start <= start and end <= span.end)
    return " · ".join(titles) if titles else None


def excerpt(text: str, span: Span, *, around: int = 24) -> Excerpt:
    """Return a span with some of the text around it."""
    before, after = text[max(0, span.start - around) : span.start], text[span.end : span.end + around]
    return Excerpt(
        "…" + before if span.start > around else before,
        text[span.start : span.end],
        after + "…" if span.end + around < len(text) else after,
    )
