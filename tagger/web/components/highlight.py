"""Mark spans in a text, as HTML in which nothing of the text is markup."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from tagger.types import Span


def marked(text: str, spans: Sequence[tuple[Span, str]], *, longest: int) -> Markup:
    """Return the text's beginning with its spans marked; each span comes with what it says.

    Spans may overlap: a piece of text under several of them says all of theirs.
    """
    shown = text[:longest]
    inside = [(span, said) for span, said in spans if 0 <= span.start < span.end <= len(shown)]
    edges = sorted({0, len(shown), *(edge for span, _ in inside for edge in (span.start, span.end))})
    pieces = (_piece(shown, start, end, inside) for start, end in pairwise(edges))
    return Markup("").join(pieces) + ("…" if len(text) > longest else "")


def _piece(text: str, start: int, end: int, spans: Sequence[tuple[Span, str]]) -> Markup:
    said = dict.fromkeys(said for span, said in spans if span.start <= start and end <= span.end)
    if not said:
        return Markup("{}").format(text[start:end])
    return Markup('<mark title="{}">{}</mark>').format(" · ".join(said), text[start:end])


def excerpt(text: str, span: Span, *, around: int = 24) -> Markup:
    """Return a span with some of the text around it."""
    before, after = text[max(0, span.start - around) : span.start], text[span.end : span.end + around]
    return Markup("{}{}<mark>{}</mark>{}{}").format(
        "…" if span.start > around else "",
        before,
        text[span.start : span.end],
        after,
        "…" if span.end + around < len(text) else "",
    )
