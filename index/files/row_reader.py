"""Read rows from CSV, JSON lines and Parquet files, plain or gzipped, continuing after a broken row."""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from index.errors import BadInput
from index.messages import Message

_LINE_LIMIT_BYTES = 64 << 20
_FIELD_LIMIT_CHARS = 64 << 20
_BOMS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


@dataclass(frozen=True)
class FileRow:
    """One row of a file: its values, or the problem that prevented reading them.

    `line` counts from 1; in a Parquet file it counts rows. `position` is the number of bytes read so far.
    """

    line: int
    values: Mapping[str, Any] | None
    problem: Message | None = None
    position: int = 0


class _Counted(io.RawIOBase):
    """A file that reports how many bytes have been read, for the progress bar."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)  # type: ignore[attr-defined,no-any-return]

    def tell(self) -> int:
        return self._file.tell()


def read_rows(path: Path) -> Iterator[FileRow]:
    """Yield the rows of one file in order.

    Raises `BadInput` if the file cannot be read at all: missing, empty or of an unknown kind.
    """
    reader = check(path)
    with path.open("rb") as raw:
        counted = _Counted(raw)
        try:
            yield from reader(path, _unpack(path, raw, counted), counted.tell)
        except OSError as error:
            raise BadInput("file.cannot-read", path=path, reason=error) from error


Reader = Callable[[Path, BinaryIO, Callable[[], int]], Iterator[FileRow]]


def check(path: Path) -> Reader:
    """Return the reader for this kind of file; raises `BadInput` if it is missing, empty or of an unknown kind."""
    reader = _reader(path)
    if not path.is_file():
        raise BadInput("file.missing", path=path)
    if path.stat().st_size == 0:
        raise BadInput("file.empty", path=path)
    return reader


def _reader(path: Path) -> Reader:
    suffix = _suffix(path)
    known = {
        ".csv": _csv_rows,
        ".tsv": _csv_rows,
        ".jsonl": _json_rows,
        ".ndjson": _json_rows,
        ".json": _json_rows,
        ".parquet": _parquet_rows,
    }
    if suffix not in known:
        raise BadInput("file.unknown-kind", path=path, ending=suffix, available=", ".join(known))
    return known[suffix]


def _suffix(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _unpack(path: Path, raw: BinaryIO, counted: _Counted) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return gzip.GzipFile(fileobj=io.BufferedReader(counted))  # type: ignore[return-value]
    return io.BufferedReader(counted)


def _encoding(path: Path) -> str:
    """Return GB18030 if UTF-8 fails on most of the non-ASCII lines and on more lines than GB18030, else UTF-8."""
    with path.open("rb") as raw:
        file = _unpack(path, raw, _Counted(raw))
        undecodable = {"utf-8": 0, "gb18030": 0}
        lines = 0
        try:
            if (head := file.peek(4)[:2]) in _BOMS:  # type: ignore[attr-defined]
                raise BadInput("file.encoding", path=path, encoding=_BOMS[head])
            while line := file.readline(_LINE_LIMIT_BYTES):
                if not line.isascii():
                    lines += 1
                    for encoding in undecodable:
                        undecodable[encoding] += not _decodes(line, encoding)
        except DAMAGED:
            pass  # The reader proper says where the damage begins.
    return "gb18030" if undecodable["utf-8"] > max(undecodable["gb18030"], lines / 2) else "utf-8-sig"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _json_rows(path: Path, file: BinaryIO, position: Callable[[], int]) -> Iterator[FileRow]:
    encoding = _encoding(path)
    number = 0
    for number, line in _lines(file):
        if isinstance(line, Message):
            yield FileRow(number, None, line, position())
        elif line.strip():
            yield _json_row(number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line, encoding, position())
    if number == 0:
        raise BadInput("file.empty", path=path)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | Message]]:
    """Yield numbered lines; a message instead of bytes is the reason why a line could not be read."""
    number = 0
    try:
        while line := file.readline(_LINE_LIMIT_BYTES):
            number += 1
            if len(line) < _LINE_LIMIT_BYTES:
                yield number, line
            else:
                while line and not line.endswith(b"\n"):
                    line = file.readline(_LINE_LIMIT_BYTES)
                yield number, Message("row.too-many-bytes", most=_LINE_LIMIT_BYTES)
    except DAMAGED as error:
        yield number + 1, Message("row.damaged", reason=error)


def _json_row(number: int, line: bytes, encoding: str, position: int) -> FileRow:
    if b"\0" in line:
        return FileRow(number, None, Message("row.nul"), position)
    try:
        values = json.loads(line.rstrip().decode(encoding.removesuffix("-sig")))
    except UnicodeDecodeError as error:
        return FileRow(number, None, Message("row.bad-encoding", encoding=error.encoding, at=error.start), position)
    except json.JSONDecodeError as error:
        return FileRow(
            number, None, Message("row.not-json-at", reason=error.msg.removesuffix(" at"), column=error.colno), position
        )
    except RecursionError:
        return FileRow(number, None, Message("row.json-too-deep"), position)
    except ValueError as error:
        return FileRow(number, None, Message("row.not-json", reason=error), position)
    if not isinstance(values, dict):
        return FileRow(number, None, Message("row.not-an-object", type=Message(type(values).__name__)), position)
    return FileRow(number, values, None, position)


class _CsvLines:
    """The lines of a CSV file, with replay: a quotation mark that is never closed swallows all lines that follow."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
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
        return line

    def begin_row(self) -> None:
        """Start a new row; `number` is that of its first line."""
        self.number += len(self._row)
        self._row.clear()

    def go_back(self) -> None:
        """Read the lines of the row again, except for the first."""
        self._again.extendleft(reversed(self._row[1:]))
        del self._row[1:]


def _csv_rows(path: Path, file: BinaryIO, position: Callable[[], int]) -> Iterator[FileRow]:
    csv.field_size_limit(_FIELD_LIMIT_CHARS)
    lines = _CsvLines(io.TextIOWrapper(file, _encoding(path), errors="surrogateescape", newline=""))
    try:
        first = next(lines, "")
        header = next(csv.reader([first], delimiter=_delimiter(first)), [])
    except (csv.Error, *DAMAGED) as error:
        raise BadInput("file.bad-header", path=path, reason=error) from error
    if not header:
        raise BadInput("file.no-header", path=path)
    reader = csv.reader(lines, delimiter=_delimiter(first), strict=True)
    while True:
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.go_back()
            yield FileRow(lines.number, None, Message("row.not-csv", reason=error), position())
        except DAMAGED as error:
            yield FileRow(lines.number, None, Message("row.damaged", reason=error), position())
            return
        else:
            if cells:
                yield _csv_row(lines.number, header, cells, position())


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _csv_row(line: int, header: list[str], cells: list[str], position: int) -> FileRow:
    if len(cells) > len(header):
        return FileRow(line, None, Message("row.too-many-cells", cells=len(cells), columns=len(header)), position)
    return FileRow(line, dict(zip(header, cells, strict=False)), None, position)


def _parquet_rows(path: Path, file: BinaryIO, position: Callable[[], int]) -> Iterator[FileRow]:
    import pyarrow
    import pyarrow.parquet

    try:
        source = pyarrow.parquet.ParquetFile(io.BytesIO(file.read()) if path.name.lower().endswith(".gz") else path)
        line = 0
        for batch in source.iter_batches(batch_size=2048):
            for values in _parquet_values(batch):
                line += 1
                yield FileRow(line, *values, position())
    except (pyarrow.ArrowException, *DAMAGED) as error:
        raise BadInput("file.not-parquet", path=path, reason=error) from error


def _parquet_values(batch: Any) -> Iterator[tuple[Mapping[str, Any] | None, Message | None]]:
    """Yield each row's values, or None and the problem: text that is not UTF-8, a date out of Python's range."""
    try:
        yield from ((values, None) for values in batch.to_pylist())
    except (ValueError, OverflowError) as error:
        if len(batch) == 1:
            yield None, Message("row.bad-value", reason=error)
        else:
            for row in range(len(batch)):
                yield from _parquet_values(batch.slice(row, 1))
