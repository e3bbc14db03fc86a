"""Highlight spans in a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from tagger.types import Span
from tagger.web.components.templates import render


@dataclass(frozen=True)
class Piece:
    """A piece of a text. It is highlighted if it has a title."""

    text: str
    title: str | None = None


@dataclass(frozen=True)
class Excerpt:
    """A span's text with some context before and after it."""

    before: str
    text: str
    after: str


def highlight(text: str, spans: Sequence[tuple[Span, str]], *, longest: int) -> Markup:
    """Show the first `longest` characters of a text with its titled spans highlighted."""
    return render("components/highlight.html", pieces=split(text, spans, longest=longest))


def split(text: str, spans: Sequence[tuple[Span, str]], *, longest: int) -> list[Piece]:
    """Split the first `longest` characters of a text at the starts and ends of spans.

    Spans may overlap: a piece covered by several spans has all their titles.
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
    """Return a span with up to `around` characters of context on each side."""
    before, after = text[max(0, span.start - around) : span.start], text[span.end : span.end + around]
    return Excerpt(
        "…" + before if span.start > around else before,
        text[span.start : span.end],
        after + "…" if span.end + around < len(text) else after,
    )
