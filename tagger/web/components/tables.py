"""Render rows as a table that scrolls horizontally on a narrow page."""

from collections.abc import Sequence

from markupsafe import Markup

from tagger.web.components.templates import render

_CELL = 120


def table(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, kind: str = "") -> Markup:
    """Show a table. `name` is what screen readers speak; long cells are cut."""
    cut = [[_cut(cell) for cell in row] for row in rows]
    return render("components/table.html", name=name, heads=heads, rows=cut, kind=kind)


def _cut(cell: str) -> str:
    return cell if isinstance(cell, Markup) or len(cell) <= _CELL else f"{cell[:_CELL]}…"
