"""Read delimited text, such as CSV and TSV; a broken row does not stop the reading."""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, TextIO

from index.files.formulas import FORMULA_STARTS
from index.files.readers.delimited_format import DelimitedFormat
from index.files.readers.rows import DAMAGED, KEPT, FileRow
from index.messages import Message

_FIELD_LIMIT_CHARS: Final = 64 << 20
# An export puts an apostrophe before a cell that a spreadsheet would take for a formula.
_MASKED: Final = tuple(f"'{start}" for start in FORMULA_STARTS)


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
            raise csv.Error(f"the line has more than {_FIELD_LIMIT_CHARS:,} characters")
        return self._format.line(line)

    def begin_row(self) -> None:
        """Start a new row; `number` is that of its first line."""
        self.number += len(self._row)
        self._row.clear()

    def go_back(self) -> None:
        """Read the lines of the row again, except for the first."""
        self._again.extendleft(reversed(self._row[1:]))
        del self._row[1:]


def delimited_rows(
    file: BinaryIO, position: Callable[[], int], codec: str, format: DelimitedFormat
) -> Iterator[FileRow]:
    """Yield the rows after the header. Bytes that the codec cannot read become lone surrogates."""
    csv.field_size_limit(_FIELD_LIMIT_CHARS)
    lines = _Lines(io.TextIOWrapper(file, codec, errors=KEPT, newline=""), format)
    reader = format.reader(lines)
    header_read = False
    while True:
        lines.begin_row()
        try:
            # The lines before the header may hold anything, so they are read as lines.
            cells = [next(lines)] if lines.number <= format.skip_lines else next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.go_back()
            yield FileRow(lines.number, None, Message("row.not-csv", reason=error), position())
            continue
        except DAMAGED as error:
            yield FileRow(lines.number, None, Message("row.damaged", reason=error), position())
            return
        if lines.number <= format.skip_lines:
            continue
        if not cells:
            continue
        if header_read:
            yield _row(lines.number, format, cells, position())
        header_read = True


def _row(line: int, format: DelimitedFormat, cells: list[str], position: int) -> FileRow:
    columns = format.columns
    if not format.quote:
        cells = format.cells(cells)
    if len(cells) > len(columns):
        if any(cell.strip() for cell in cells[len(columns) :]):
            return FileRow(line, None, Message("row.too-many-cells", cells=len(cells), columns=len(columns)), position)
        cells = cells[: len(columns)]
    values = (cell[1:] if cell.startswith(_MASKED) else cell for cell in cells)
    return FileRow(line, dict(zip(columns, values, strict=False)), None, position)
