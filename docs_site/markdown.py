"""Small pieces of Markdown."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table; a cell must be one line."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    """Mark a text as code; an empty text stays empty."""
    return f"`{text}`" if text else ""


def block(language: str, text: str) -> str:
    """Lay out a block of code."""
    return f"```{language}\n{text.strip()}\n```"
