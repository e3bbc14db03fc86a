"""Write a delimited text again with other cells in one column; all else stays byte by byte."""

from collections.abc import Callable
from typing import IO, BinaryIO

from index.files.formulas import mask
from index.files.readers.delimited import WrittenRow, written_rows
from index.files.readers.delimited_format import DelimitedFormat
from index.files.writers.byte_copier import ByteCopier
from index.files.writers.raw_fields import raw_field, split_row

# Takes the line of a row and the text of its cell; returns the new text, or the same one.
EditText = Callable[[int, str], str]


class DelimitedEditor:
    """Rewrites one column of a delimited text. A column that the file lacks is added after the last one."""

    def __init__(self, format: DelimitedFormat, column: str, edit: EditText) -> None:
        self._format = format
        self._column = column
        self._edit = edit
        self._place = format.columns.index(column) if column in format.columns else -1
        self._added = self._place < 0

    def rewrite(self, source: BinaryIO, again: BinaryIO, target: IO[bytes], codec: str) -> None:
        """Write `source` to `target`; `again` is the same file once more, from its beginning."""
        copier = ByteCopier(again, target, codec)
        header_read = False
        for row in written_rows(source, codec, self._format):
            if not row.cells:
                copier.copy("".join(row.lines))
                continue
            self._rewrite(row, copier, header=not header_read)
            header_read = True

    def _rewrite(self, row: WrittenRow, copier: ByteCopier, *, header: bool) -> None:
        text = "".join(row.lines)
        fields, end = split_row(text, self._format)
        if header and self._added:
            self._place = len(fields)
        former = fields[self._place] if self._place < len(fields) else ""
        value = self._format.cells([row.cells[self._place]])[0] if self._place < len(row.cells) else ""
        new = self._new(row, value, header=header)
        if new == value and not (self._added and len(fields) <= self._place):
            copier.copy(text)
            return
        before = self._format.delimiter.join(fields[: self._place])
        copier.copy(before)
        missing = max(0, self._place - len(fields) + (1 if fields else 0))
        if self._place < len(fields):
            if self._place:
                copier.copy(self._format.delimiter)
            copier.drop(former)
        else:
            copier.write(self._format.delimiter * missing)
        copier.write(raw_field(new, self._format, fields, former))
        after = fields[self._place + 1 :]
        copier.copy("".join(self._format.delimiter + each for each in after) + end)

    def _new(self, row: WrittenRow, value: str, *, header: bool) -> str:
        if header:
            return self._column if self._added else value
        new = self._edit(row.line, value)
        # What begins as the former cell is as safe as that was.
        return new if value and new.startswith(value) else (new if new == value else mask(new))
