"""Find out how a delimited text is laid out: delimiter, quotation marks, lines before the header, columns."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from index.files.field_names import is_header
from index.files.readers.header import MOST_LINES_BEFORE, filled, header_place, named
from index.files.readers.options import NO_QUOTE, ReadingOptions

_DELIMITERS: Final = (",", ";", "\t", "|")
# Only these files are written without quotation marks around cells, so that a cell may begin with one.
_UNQUOTED: Final = frozenset({"\t", "|"})
_SEP: Final = re.compile(r'"?sep=(.)"?,*[\r\n]*', re.IGNORECASE)
_BACKSLASHED: Final = re.compile(r"\\([\"\\])")


@dataclass(frozen=True)
class DelimitedFormat:
    """The layout of a delimited text.

    `quote` is empty if quotation marks are part of the cells; `backslash` tells that one inside a quoted cell has a
    backslash in front. `skip_lines` lines precede the header. `share` is the part of the rows that have as many cells
    as the header.
    """

    delimiter: str = ","
    quote: str = '"'
    backslash: bool = False
    skip_lines: int = 0
    columns: tuple[str, ...] = ()
    share: float = 1.0

    def line(self, line: str) -> str:
        """Return a line with its quotation marks doubled, as the csv module reads them."""
        return _BACKSLASHED.sub(_doubled, line) if self.backslash and "\\" in line else line

    def reader(self, lines: Iterator[str]) -> "Iterator[list[str]]":
        """Return a csv reader; it raises `csv.Error` for a broken row, and can go on afterwards."""
        if self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=True)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)

    def cells(self, cells: list[str]) -> list[str]:
        """Return the cells of a row as they were meant."""
        return cells if self.quote else [_unquoted(cell) for cell in cells]


def _doubled(found: re.Match[str]) -> str:
    return '""' if found[1] == '"' else "\\"


def _unquoted(cell: str) -> str:
    """Remove the quotation marks around a cell if those inside are doubled."""
    if len(cell) < 2 or cell[0] != '"' or cell[-1] != '"':
        return cell
    inside = cell[1:-1].replace('""', "\0")
    return cell if '"' in inside else inside.replace("\0", '"')


def find_format(head: str, options: ReadingOptions) -> DelimitedFormat:
    """Find the format that gives most rows as many cells as the header has, from the first lines of a file.

    What the options name is taken as it is.
    """
    said = _SEP.match(head)
    if said:
        options = replace(options, delimiter=options.delimiter or said[1])
    before = 1 if said and options.skip_lines is None else 0
    lines = list(io.StringIO(head, newline=""))[before:]
    found = [_measured(each, lines, options.skip_lines) for each in _possible(options, head)]
    best = max(found, key=partial(_merit, head))
    return replace(best, skip_lines=best.skip_lines + before)


def _merit(head: str, format: DelimitedFormat) -> tuple[float, ...]:
    """Return a format's merits, the most important one first."""
    simple = 2 * bool(format.quote) - format.backslash
    unused = -head.count(format.delimiter)
    return (is_header(format.columns), round(format.share, 2), len(format.columns), simple, unused)


def _possible(options: ReadingOptions, head: str) -> Iterator[DelimitedFormat]:
    for delimiter in (options.delimiter,) if options.delimiter else _DELIMITERS:
        if options.quote:
            yield DelimitedFormat(delimiter, options.quote.replace(NO_QUOTE, ""))
            continue
        yield DelimitedFormat(delimiter)
        if '\\"' in head:
            yield DelimitedFormat(delimiter, backslash=True)
        if delimiter in _UNQUOTED and '"' in head:
            yield DelimitedFormat(delimiter, "")


def _measured(format: DelimitedFormat, lines: Sequence[str], skip: int | None) -> DelimitedFormat:
    """Return the format with the place of the header, the columns, and the share of the rows that fit them."""
    skipped = _lines_before(format, lines) if skip is None else skip
    header, rows = _rows(format, lines[skipped:])
    columns = named(header)
    if len(columns) < 2:
        # One column always fits; any real delimiter that fits as well is better.
        return replace(format, skip_lines=skipped, columns=columns, share=0.0)
    fits = sum(1 for row in rows if len(row) == len(header) or len(filled(row)) == len(columns))
    share = fits / len(rows) if rows else 1.0
    return replace(format, skip_lines=skipped, columns=columns, share=share)


def _lines_before(format: DelimitedFormat, lines: Sequence[str]) -> int:
    """Return the number of lines before the header."""
    first = [_first_cells(format, lines[place:]) for place in range(min(len(lines), MOST_LINES_BEFORE))]
    header, rows = _rows(format, lines)
    return header_place(first, [len(filled(row)) for row in [header, *rows]])


def _first_cells(format: DelimitedFormat, lines: Sequence[str]) -> Sequence[str]:
    try:
        return filled(format.cells(next(format.reader(map(format.line, lines)))))
    except csv.Error:
        return ()


def _rows(format: DelimitedFormat, lines: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return the header and all other rows that are not blank; a broken row has no cells."""
    reader = format.reader(map(format.line, lines))
    rows: list[list[str]] = []
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:
            rows.append([])
        else:
            if row:
                rows.append(format.cells(row))
    return (rows[0], rows[1:]) if rows else ([], [])
