"""Inspect an uploaded file before it is used: say what is wrong with it, or show its columns and first rows."""

import contextlib
import gzip
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from index.errors import BadInput
from index.files.columns import FIELDS, Columns
from index.files.dialects.grouping import products_in
from index.files.encodings.detection import detect_encoding
from index.files.product_reader import ProductLimits, Reject, product_of
from index.files.profile import Survey, TagReading, survey
from index.files.readers.arrow import ARROW
from index.files.readers.options import ReadingOptions
from index.files.readers.rows import DAMAGED, FileRow
from index.files.readers.sqlite_table import DATABASES
from index.files.row_reader import KINDS, Layout, find_layout, read_rows
from index.messages import mark
from index.product import Product

_AMBIGUOUS = "file.ambiguous-encoding"
# The dialect of a table that no program is known to write.
PLAIN = "plain"
_LOOKED_AT = 200
_HEAD_BYTES = 4096
_ZIP = (b"PK\3\4",)
# What files of a kind begin with.
_BEGIN: Mapping[str, tuple[bytes, ...]] = {
    ".parquet": (b"PAR1",),
    ".xls": (b"\xd0\xcf\x11\xe0", b"\t\x08"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".ods"), _ZIP),
    **dict.fromkeys(DATABASES, (b"SQLite format 3\0",)),
}
# A sheet is packed: unpacked it may be this many times larger than a file may be.
_MOST_UNPACKED = 10
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Preview:
    """A file's first rows, and what was found out from them."""

    rows: Sequence[FileRow]
    survey: Survey
    layout: Layout = field(default_factory=Layout)

    @property
    def columns(self) -> Sequence[str]:
        """The columns in order."""
        return list(self.survey.columns)

    @property
    def format(self) -> str:
        """The name of the dialect."""
        return self.survey.dialect.name

    @property
    def fields(self) -> Mapping[str, str]:
        """The column that each field is mainly read from."""
        return self.survey.reading.fields


def kind_of(name: str) -> str:
    """Return the file's extension, such as ".csv.gz". Raises `BadInput` if it is unknown."""
    plain = name.lower().removesuffix(".gz")
    ending = Path(plain).suffix
    if ending not in KINDS:
        raise BadInput("upload.kind", ending=Path(name).suffix[:20])
    return ending + name.lower()[len(plain) :]


def inspect_upload(path: Path, *, most_bytes: int) -> Preview:
    """Check and preview a file of at most `most_bytes`, compressed and uncompressed. Raises `BadInput`."""
    kind = kind_of(path.name)
    size = path.stat().st_size
    if size == 0:
        raise BadInput("upload.empty")
    if size > most_bytes:
        raise BadInput("upload.too-large", most=most_bytes)
    _refuse_other_content(path, kind)
    if (kind.endswith(".gz") and _holds_more(path, most_bytes)) or _unpacks_to_more(path, kind, most_bytes):
        raise BadInput("upload.too-large", most=most_bytes)
    return preview_upload(path)


def preview_upload(path: Path) -> Preview:
    """Preview a file that `inspect_upload` accepted. Raises `BadInput` if no row can be read."""
    try:
        layout = find_layout(path, ReadingOptions(), preview=True)
        rows = list(islice(read_rows(path, layout=layout), _LOOKED_AT))
    except BadInput as error:
        if error.code == _AMBIGUOUS:
            # The message of the reader names the file's place on this machine, and an option of the command line.
            named = {name: error.message.params[name] for name in ("first", "first_sample", "second", "second_sample")}
            raise BadInput("upload.ambiguous-encoding", **named) from error
        raise BadInput(
            mark("upload.not-parquet") if "parquet" in kind_of(path.name) else mark("upload.no-rows")
        ) from error
    found = survey(rows, Columns(), ReadingOptions())
    if not found.columns:
        reason = rows[0].problem if rows else None
        raise BadInput("upload.no-rows-because", reason=reason) if reason else BadInput("upload.no-rows")
    return Preview(rows, found, layout)


def _refuse_other_content(path: Path, kind: str) -> None:
    """Refuse content that does not match the extension, such as a renamed picture."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    packed = kind.endswith(".gz")
    if packed != head.startswith(b"\x1f\x8b"):
        raise BadInput("upload.not-text")
    if packed:
        return
    if kind in _BEGIN:
        if not head.startswith(_BEGIN[kind]):
            raise BadInput("upload.not-parquet") if kind == ".parquet" else BadInput("upload.not-kind", ending=kind)
    elif kind not in ARROW and b"\0" in head and "16" not in detect_encoding([head]).codec:
        raise BadInput("upload.not-text")


def _unpacks_to_more(path: Path, kind: str, most_bytes: int) -> bool:
    """Tell whether the parts of a workbook say that they are much larger when unpacked."""
    if _BEGIN.get(kind) != _ZIP:
        return False
    try:
        with zipfile.ZipFile(path) as parts:
            return sum(each.file_size for each in parts.infolist()) > most_bytes * _MOST_UNPACKED
    except zipfile.BadZipFile as error:
        raise BadInput("upload.not-kind", ending=kind) from error


def _holds_more(path: Path, most_bytes: int) -> bool:
    """Tell whether a gzip file holds more bytes when unpacked; in a damaged file, those before the damage count."""
    left = most_bytes
    with gzip.open(path) as file, contextlib.suppress(*DAMAGED):
        while left >= 0 and (piece := file.read(_CHUNK_BYTES)):
            left -= len(piece)
    return left < 0


def mapping(chosen: Mapping[str, str], columns: Sequence[str]) -> Columns:
    """Return the mapping; a field without a chosen column is not read, even if a column has its name.

    Raises `BadInput` if no title is mapped or a column does not exist.
    """
    missing = [column for column in chosen.values() if column and column not in columns]
    if missing:
        raise BadInput("upload.no-column", column=missing[0])
    if not chosen.get("title"):
        raise BadInput("upload.no-title")
    return Columns({field: chosen.get(field) or _absent(columns) for field in FIELDS})


def _absent(columns: Sequence[str]) -> str:
    """Return a column name that no row has."""
    return "-" * (1 + max(map(len, columns), default=0))


@dataclass(frozen=True)
class FirstRows:
    """The products or rejects that the first rows of a file become, and what was found out about the file.

    `columns` is what separates the columns of a text, and `tags` what separates the tags in a cell; both are empty
    where nothing does. `unused` are the columns that nothing is read from.
    """

    rows: Sequence[Product | Reject]
    format: str = ""
    encoding: str = ""
    sample: str = ""
    columns: str = ""
    tags: str = ""
    unused: Sequence[str] = ()


def read_as(preview: Preview, columns: Columns) -> FirstRows:
    """Read the first rows with a mapping."""
    found, layout = survey(preview.rows, columns, ReadingOptions()), preview.layout
    rows = products_in(preview.rows, found.reading, found.late)
    return FirstRows(
        [_read(row, found.tags) for row in rows],
        found.dialect.name,
        layout.encoding.name if layout.encoding else "",
        layout.encoding.sample if layout.encoding else "",
        layout.delimited.delimiter if layout.delimited else "",
        found.tags.split.found,
        [column for column in found.columns if column not in found.reading.used],
    )


def _read(row: FileRow, tags: TagReading) -> Product | Reject:
    try:
        return product_of(row, Columns(), ProductLimits(), tags)
    except BadInput as error:
        return Reject("", row.line, error.message)
