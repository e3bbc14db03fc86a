"""Read rows from files of all known kinds, continuing after a broken row."""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from index.errors import BadInput
from index.files.encodings.detection import Encoding, detect_encoding, shown
from index.files.readers.arrow import ARROW, arrow_rows
from index.files.readers.delimited import delimited_rows
from index.files.readers.delimited_format import DelimitedFormat, find_format
from index.files.readers.json_document import document_rows
from index.files.readers.json_lines import json_rows
from index.files.readers.options import ReadingOptions
from index.files.readers.parquet import parquet_rows
from index.files.readers.rows import DAMAGED, FileRow, is_packed, opened, suffix_of
from index.files.readers.sqlite_table import DATABASES, table_rows
from index.files.readers.workbook import WORKBOOKS, sheet_rows
from index.files.readers.xml_feed import FEEDS, feed_rows

# The layout of a delimited text is found in its first characters.
_HEAD_CHARS: Final = 256 << 10
_CHUNK_BYTES: Final = 1 << 20
_PIECE_CHARS: Final = 4096
_DELIMITED: Final = (".csv", ".tsv", ".txt")
_JSON: Final = (".jsonl", ".ndjson", ".json")
# A list of records, if it is not JSON lines.
_DOCUMENT: Final = ".json"
_PARQUET: Final = (".parquet",)
_BINARY: Final = (*_PARQUET, *ARROW, *WORKBOOKS, *FEEDS, *DATABASES)
KINDS: Final = (*_DELIMITED, *_JSON, *_BINARY)
# A preview looks for the encoding at the beginning, in the middle and at the end of a file.
_PREVIEWED_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Layout:
    """How a file is laid out: the encoding of a text, the format of a delimited one, the table that is read.

    For a preview, only the first rows of a file may be read.
    """

    encoding: Encoding | None = None
    delimited: DelimitedFormat | None = None
    table: str = ""
    preview: bool = False


def read_rows(path: Path, options: ReadingOptions | None = None, layout: Layout | None = None) -> Iterator[FileRow]:
    """Yield the rows of one file in order.

    `layout` is what `find_layout` returned for the file, if it is known already. Raises `BadInput` if the file cannot
    be read at all: missing, empty or of an unknown kind, or in an encoding that cannot be told.
    """
    layout = layout or find_layout(path, options or ReadingOptions())
    if suffix_of(path) == _DOCUMENT and layout.encoding:
        with opened(path) as (file, position):
            document = document_rows(path, file, position, layout.encoding.codec, layout.table)
            if document is not None:
                yield from document
                return
    with opened(path) as (file, position):
        yield from _rows(path, file, position, layout)


def _rows(path: Path, file: BinaryIO, position: Callable[[], int], layout: Layout) -> Iterator[FileRow]:
    if layout.encoding is None:
        return _binary_rows(path, file, position, layout)
    if layout.delimited is None:
        return _not_empty(path, json_rows(file, position, layout.encoding.codec))
    return delimited_rows(file, position, layout.encoding.codec, layout.delimited)


def _binary_rows(path: Path, file: BinaryIO, position: Callable[[], int], layout: Layout) -> Iterator[FileRow]:
    suffix = suffix_of(path)
    if suffix in WORKBOOKS:
        return sheet_rows(path, file, position, layout.table, preview=layout.preview)
    if suffix in FEEDS:
        return feed_rows(path, file, position)
    if suffix in DATABASES:
        return table_rows(path, layout.table)
    if suffix in ARROW:
        return arrow_rows(path, file, position)
    return parquet_rows(path, file, position)


def kind_of(path: Path) -> str:
    """Return the name of the kind of a file that `check` accepts."""
    suffix = suffix_of(path)
    return "JSON lines" if suffix in _JSON else suffix.removeprefix(".").upper()


def _not_empty(path: Path, rows: Iterator[FileRow]) -> Iterator[FileRow]:
    first = next(rows, None)
    if first is None:
        raise BadInput("file.empty", path=path)
    yield first
    yield from rows


def check(path: Path) -> None:
    """Raise `BadInput` if a file is missing, empty or of an unknown kind."""
    suffix = suffix_of(path)
    if suffix not in KINDS or (suffix in DATABASES and is_packed(path)):
        raise BadInput("file.unknown-kind", path=path, ending=suffix, available=", ".join(KINDS))
    if not path.is_file():
        raise BadInput("file.missing", path=path)
    if path.stat().st_size == 0:
        raise BadInput("file.empty", path=path)


def find_layout(path: Path, options: ReadingOptions, *, preview: bool = False) -> Layout:
    """Find out how a file is laid out; a text is read as a whole for its encoding, or in parts for a preview.

    Raises `BadInput` as `read_rows` does.
    """
    check(path)
    if suffix_of(path) in _BINARY:
        return Layout(table=options.table, preview=preview)
    encoding = _encoding(path, options, preview=preview)
    if suffix_of(path) in _JSON:
        return Layout(encoding, table=options.table)
    return Layout(encoding, _delimited(path, encoding, options))


def _encoding(path: Path, options: ReadingOptions, *, preview: bool) -> Encoding:
    """Return the encoding that was named, or the one that was found if no other fits as well."""
    if options.encoding:
        return Encoding(options.encoding)
    if preview:
        found = detect_encoding(_parts(path))
    else:
        with opened(path) as (file, _):
            found = detect_encoding(_chunks(file))
    if found.rival:
        raise BadInput(
            "file.ambiguous-encoding",
            path=path,
            first=found.name,
            first_sample=found.sample,
            first_codec=found.codec,
            second=shown(found.rival),
            second_sample=found.rival_sample,
            second_codec=found.rival,
        )
    return found


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the parts of a file up to its damage; the reader proper says where that is."""
    with contextlib.suppress(*DAMAGED):
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _parts(path: Path) -> Iterator[bytes]:
    """Yield whole lines from the beginning, the middle and the end of a file; of a packed one from its beginning."""
    with opened(path) as (file, _), contextlib.suppress(*DAMAGED):
        head = file.read(2 * _PREVIEWED_BYTES)
        yield head[: head.rfind(b"\n") + 1] or head
    size = path.stat().st_size
    if is_packed(path) or size <= 2 * _PREVIEWED_BYTES:
        return
    with path.open("rb") as raw:
        for place in ((size - _PREVIEWED_BYTES) // 2, size - _PREVIEWED_BYTES):
            raw.seek(max(place, 2 * _PREVIEWED_BYTES))
            lines = raw.read(_PREVIEWED_BYTES)
            yield b"\n" + lines[lines.find(b"\n") + 1 : lines.rfind(b"\n") + 1]


def _delimited(path: Path, encoding: Encoding, options: ReadingOptions) -> DelimitedFormat:
    with opened(path) as (file, _):
        head = _head(path, io.TextIOWrapper(file, encoding.codec, errors="replace", newline=""))
    found = find_format(head, options)
    if not found.columns:
        raise BadInput("file.no-header", path=path)
    return found


def _head(path: Path, text: TextIO) -> str:
    """Return the first whole lines; those before a damage if there is one."""
    head = ""
    try:
        while len(head) < _HEAD_CHARS and (piece := text.read(_PIECE_CHARS)):
            head += piece
    except DAMAGED as error:
        if not head:
            raise BadInput("file.bad-header", path=path, reason=error) from error
    if len(head) < _HEAD_CHARS:
        return head
    return head[: max(head.rfind("\n"), head.rfind("\r")) + 1] or head
