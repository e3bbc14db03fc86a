"""The header of a table: in which line it is, and the names of the columns."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from index.files.field_names import is_header, is_second_header

MOST_LINES_BEFORE: Final = 30


def header_place(lines: Sequence[Sequence[str]], counts: Sequence[int]) -> int:
    """Return the place of the header among the first lines, whose cells are without the empty ones at the end.

    It is the first line that names a product's title; else the first one with as many cells as most rows have, which
    `counts` tells. Some files name their columns in several lines; the last one has the names for programs.
    """
    titled = next((place for place, cells in enumerate(lines) if is_header(cells)), None)
    if titled is not None:
        while titled + 1 < len(lines) and is_second_header(lines[titled + 1]):
            titled += 1
        return titled
    frequent = Counter(counts)
    usual = max(frequent, key=lambda count: (frequent[count], count), default=0)
    full = (place for place, cells in enumerate(lines) if cells and len(cells) >= usual)
    return next(full, next((place for place, cells in enumerate(lines) if cells), 0))


def filled(cells: Sequence[str]) -> Sequence[str]:
    """Return the cells without the empty ones at the end."""
    count = len(cells)
    while count and not cells[count - 1].strip():
        count -= 1
    return cells[:count]


def named(header: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns: trimmed, a repeated one with its number, none for empty cells at the end.

    An empty name in between becomes the number of its column.
    """
    names: list[str] = []
    for place, cell in enumerate(filled(header), start=1):
        name = cell.replace("\ufeff", "").strip() or f"column {place}"
        count = 2
        while name in names:
            name = f"{cell.strip()} ({count})"
            count += 1
        names.append(name)
    return tuple(names)
