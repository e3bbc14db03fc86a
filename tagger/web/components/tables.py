"""Show rows as a table that scrolls by itself where the page is narrow."""

from collections.abc import Sequence

from markupsafe import Markup

_CELL = 120


def table(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, kind: str = "") -> Markup:
    """Show a table under a name that a screen reader says; long cells are cut."""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(each) for each in heads)
    body = Markup("").join(Markup("<tr>{}</tr>").format(Markup("").join(map(_cell, row))) for row in rows)
    return Markup(
        '<div class="tw-scroll" tabindex="0" role="region" aria-label="{}">'
        '<table class="tw-table {}"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(name, kind, head, body)


def _cell(text: str) -> Markup:
    cut = text if isinstance(text, Markup) or len(text) <= _CELL else f"{text[:_CELL]}…"
    return Markup('<td dir="auto">{}</td>').format(cut)
