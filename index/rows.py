"""Read rows out of CSV, JSON lines and Parquet files, plain or gzipped, and go on after a broken one."""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import BadInput

_CHUNK_BYTES = 1 << 20
_LINE_LIMIT_BYTES = 64 << 20
_FIELD_LIMIT_CHARS = 64 << 20
_BOMS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


@dataclass(frozen=True)
class Row:
    """One row of a file: its values, or the problem that keeps it from having any.

    `line` counts from 1, in a Parquet file the rows do; `position` is the number of bytes read so far.
    """

    line: int
    values: Mapping[str, Any] | None
    problem: str = ""
    position: int = 0


class _Counted(io.RawIOBase):
    """A file that remembers how far it has been read, for the progress bar."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)  # type: ignore[attr-defined,no-any-return]

    def tell(self) -> int:
        return self._file.tell()


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of one file in order.

    Raises `BadInput` for a file that cannot be read at all: missing, empty, of an unknown kind.
    """
    reader = _reader(path)
    if not path.is_file():
        raise BadInput(f"no file {path}")
    if path.stat().st_size == 0:
        raise BadInput(f"{path} is empty")
    with path.open("rb") as raw:
        counted = _Counted(raw)
        try:
            yield from reader(path, _unpacked(path, raw, counted), counted.tell)
        except OSError as error:
            raise BadInput(f"cannot read {path}: {error}") from error


def _reader(path: Path) -> Callable[[Path, BinaryIO, Callable[[], int]], Iterator[Row]]:
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
        raise BadInput(f"{path}: unknown kind of file {suffix!r}; there are: {', '.join(known)}, each also with .gz")
    return known[suffix]


def _suffix(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _unpacked(path: Path, raw: BinaryIO, counted: _Counted) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return gzip.GzipFile(fileobj=io.BufferedReader(counted))  # type: ignore[return-value]
    return io.BufferedReader(counted)


def _encoding(path: Path) -> str:
    """Choose UTF-8 or GB18030: the one that fails on fewer lines, UTF-8 if equal."""
    with path.open("rb") as raw:
        file = _unpacked(path, raw, _Counted(raw))
        failed = {"utf-8": 0, "gb18030": 0}
        try:
            if (head := file.peek(4)[:2]) in _BOMS:  # type: ignore[attr-defined]
                raise BadInput(f"{path} is {_BOMS[head]} text; save it as UTF-8")
            for line in file:
                if not line.isascii():
                    for encoding in failed:
                        failed[encoding] += not _decodes(line, encoding)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            pass  # The reader proper says where the damage begins.
    return "utf-8-sig" if failed["utf-8"] <= failed["gb18030"] else "gb18030"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _json_rows(path: Path, file: BinaryIO, position: Callable[[], int]) -> Iterator[Row]:
    encoding = _encoding(path)
    number = 0
    for number, line in _lines(file):
        if isinstance(line, str):
            yield Row(number, None, line, position())
        elif line.strip():
            yield _json_row(number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line, encoding, position())
    if number == 0:
        raise BadInput(f"{path} is empty")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | str]]:
    """Yield numbered lines; a text instead of bytes says why the file ends early."""
    number = 0
    try:
        while line := file.readline(_LINE_LIMIT_BYTES):
            number += 1
            yield number, line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield number + 1, f"the compressed file is damaged from here on: {error}"


def _json_row(number: int, line: bytes, encoding: str, position: int) -> Row:
    if b"\0" in line:
        return Row(number, None, "a NUL byte in the line", position)
    try:
        values = json.loads(line.decode(encoding.removesuffix("-sig")))
    except UnicodeDecodeError as error:
        return Row(number, None, f"not {error.encoding} text at byte {error.start}", position)
    except json.JSONDecodeError as error:
        return Row(number, None, f"not JSON: {error.msg} at column {error.colno}", position)
    except RecursionError:
        return Row(number, None, "not JSON that can be read: nested too deep", position)
    if not isinstance(values, dict):
        return Row(number, None, f"not a JSON object but {type(values).__name__}", position)
    return Row(number, values, "", position)


def _csv_rows(path: Path, file: BinaryIO, position: Callable[[], int]) -> Iterator[Row]:
    csv.field_size_limit(_FIELD_LIMIT_CHARS)
    text = io.TextIOWrapper(file, _encoding(path), errors="surrogateescape", newline="")
    first = text.readline()
    header = next(csv.reader([first], delimiter=_delimiter(first)), [])
    if not header:
        raise BadInput(f"{path} has no header line")
    reader = csv.reader(text, delimiter=_delimiter(first))
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line, None, f"not CSV: {error}", position())
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield Row(line, None, f"the compressed file is damaged from here on: {error}", position())
            return
        else:
            if cells:
                yield _csv_row(line, header, cells, position())


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _csv_row(line: int, header: list[str], cells: list[str], position: int) -> Row:
    if len(cells) > len(header):
        return Row(line, None, f"{len(cells)} cells under {len(header)} column names", position)
    return Row(line, dict(zip(header, cells, strict=False)), "", position)


def _parquet_rows(path: Path, file: BinaryIO, position: Callable[[], int]) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        source = pyarrow.parquet.ParquetFile(io.BytesIO(file.read()) if path.name.lower().endswith(".gz") else path)
        line = 0
        for batch in source.iter_batches(batch_size=2048):
            for values in batch.to_pylist():
                line += 1
                yield Row(line, values, "", position())
    except (pyarrow.ArrowException, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(f"{path} is not a Parquet file: {error}") from error
