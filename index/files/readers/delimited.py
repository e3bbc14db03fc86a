"""Read delimited text, such as CSV and TSV; a broken row does not stop the reading."""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Final, NamedTuple, TextIO

from index.files.formulas import unmask
from index.files.readers.delimited_format import DelimitedFormat
from index.files.readers.rows import DAMAGED, KEPT, FileRow
from index.messages import Message

_FIELD_LIMIT_CHARS: Final = 64 << 20


class WrittenRow(NamedTuple):
    """A row as it is written: the number of its first line, its lines, and its cells or the problem with them.

    Lines before the header and blank lines have no cells. The header is the first row with cells.
    """

    line: int
    lines: Sequence[str]
    cells: list[str]
    problem: Message | None = None


class _Lines:
    """The lines of a text, with replay: a quotation mark that is never closed swallows all lines that follow."""

    def __init__(self, text: TextIO, format: DelimitedFormat) -> None:
        self._text = text
        self._format = format
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self.number = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(_FIELD_LIMIT_CHARS)
        if not line:
            raise StopIteration
        self._row.append(line)
        if len(line) == _FIELD_LIMIT_CHARS:
            while line and not line.endswith(("\n", "\r")):
                line = self._text.readline(_FIELD_LIMIT_CHARS)
                self._row[-1] += line
            raise csv.Error(f"the line has more than {_FIELD_LIMIT_CHARS:,} characters")
        return self._format.line(line)

    def begin_row(self) -> None:
        """Start a new row; `number` is that of its first line."""
        self.number += len(self._row)
        self._row = []

    def row(self) -> Sequence[str]:
        """Return the lines of the row as they are written."""
        return self._row

    def go_back(self) -> None:
        """Read the lines of the row again, except for the first."""
        self._again.extendleft(reversed(self._row[1:]))
        del self._row[1:]


def delimited_rows(
    file: BinaryIO, position: Callable[[], int], codec: str, format: DelimitedFormat
) -> Iterator[FileRow]:
    """Yield the rows after the header. Bytes that the codec cannot read become lone surrogates."""
    header_read = False
    for row in written_rows(file, codec, format):
        if row.problem:
            yield FileRow(row.line, None, row.problem, position())
        elif row.cells:
            if header_read:
                yield _row(row.line, format, row.cells, position())
            header_read = True


def written_rows(file: BinaryIO, codec: str, format: DelimitedFormat) -> Iterator[WrittenRow]:
    """Yield all rows as they are written; their lines together are the whole text."""
    csv.field_size_limit(_FIELD_LIMIT_CHARS)
    lines = _Lines(io.TextIOWrapper(file, codec, errors=KEPT, newline=""), format)
    reader = format.reader(lines)
    while True:
        lines.begin_row()
        try:
            # The lines before the header may hold anything, so they are read as lines.
            cells = [next(lines)] if lines.number <= format.skip_lines else next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.go_back()
            yield WrittenRow(lines.number, lines.row(), [], Message("row.not-csv", reason=error))
            continue
        except DAMAGED as error:
            yield WrittenRow(lines.number, lines.row(), [], Message("row.damaged", reason=error))
            return
        yield WrittenRow(lines.number, lines.row(), [] if lines.number <= format.skip_lines else cells)


def _row(line: int, format: DelimitedFormat, cells: list[str], position: int) -> FileRow:
    columns = format.columns
    if not format.quote:
        cells = format.cells(cells)
    if len(cells) > len(columns):
        if any(cell.strip() for cell in cells[len(columns) :]):
            return FileRow(line, None, Message("row.too-many-cells", cells=len(cells), columns=len(columns)), position)
        cells = cells[: len(columns)]
    # Most cells have no apostrophe in front.
    cells = [unmask(cell) if cell[:1] == "'" else cell for cell in cells]
    return FileRow(line, dict(zip(columns, cells, strict=False)), None, position)
