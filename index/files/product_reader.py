"""Turn rows of files into products; a row that cannot be a product becomes a reject with its reason."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import islice
from pathlib import Path
from typing import Any

from index.errors import BadInput
from index.files.row_reader import FileRow, read_rows
from index.messages import Message, mark
from index.product import Product, make_product
from index.text.language import LANGUAGES

# JSON lines may omit fields, so this many rows are read to find the columns.
_LOOKED_AT = 1000
# Records from a program have no file; messages use this name instead.
_RECORDS = Path("records")
FIELDS = (mark("id"), mark("title"), mark("description"), mark("lang"), mark("tags"))
# What messages call the types of values in JSON.
JSON_TYPES = (mark("int"), mark("float"), mark("bool"), mark("list"), mark("dict"), mark("str"), mark("NoneType"))


@dataclass(frozen=True)
class ProductLimits:
    """How large a product may be."""

    text_chars: int = 200_000
    id_chars: int = 256
    tag_chars: int = 200
    tags: int = 1000


@dataclass(frozen=True)
class Columns:
    """Maps product fields to columns of the file; an unmapped field is read from the column of its own name."""

    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.names) - set(FIELDS))
        if unknown:
            raise BadInput("map.unknown-field", field=unknown[0], available=", ".join(FIELDS))

    def value(self, values: Mapping[str, Any], name: str) -> Any:
        """Return the row's value for a field, or `None` if it has no such column."""
        return values.get(self.names.get(name, name))


def refuse_missing(columns: Columns, paths: Iterable[Path]) -> None:
    """Raise `BadInput` if a mapped column is missing from a file's first rows: a misspelling would lose a field."""
    for path in paths if columns.names else ():
        found = {name for row in islice(read_rows(path), _LOOKED_AT) for name in row.values or ()}
        refuse_unknown(columns, found, str(path))


def refuse_unknown(columns: Columns, found: Collection[str], source: str) -> None:
    """Raise `BadInput` if a mapping names a column that is not in `found`."""
    for column in columns.names.values():
        if found and column not in found:
            raise BadInput("map.missing-column", file=source, column=column, available=", ".join(sorted(found)))


@dataclass(frozen=True)
class Reject:
    """A row that was rejected, and why."""

    file: str
    line: int
    reason: Message

    def as_dict(self) -> dict[str, Any]:
        """Return the reject as a record of a file: the reason in English, with its code and parameters."""
        return {"file": self.file, "line": self.line, "reason": str(self.reason), **self.reason.as_dict()}


@dataclass(frozen=True)
class Original:
    """The texts of a product as they were in the file."""

    title: str
    description: str


@dataclass(frozen=True)
class Read:
    """A row's outcome, the number of bytes of its file read so far, and the original texts if cleaning changed them."""

    outcome: Product | Reject
    position: int
    original: Original | None = None


def read_products(
    paths: Iterable[Path], *, columns: Columns | None = None, limits: ProductLimits | None = None
) -> Iterator[Read]:
    """Yield a product or a reject for every row, in order.

    A repeated id is rejected. Raises `BadInput` if a file cannot be read at all.
    """
    seen: dict[str, str] = {}
    for path in paths:
        yield from _outcomes(path, read_rows(path), columns or Columns(), limits or ProductLimits(), seen)


def read_records(
    records: Iterable[Mapping[str, object] | Product],
    *,
    columns: Columns | None = None,
    limits: ProductLimits | None = None,
) -> Iterator[Read]:
    """Yield a product or a reject for every record of a program, as `read_products` does; `position` counts records."""
    rows = (record_row(place, record) for place, record in enumerate(records, start=1))
    return _outcomes(_RECORDS, rows, columns or Columns(), limits or ProductLimits(), {})


def record_row(place: int, record: object) -> FileRow:
    """Return a record in the form of a file's row."""
    if isinstance(record, Product):
        record = {each.name: getattr(record, each.name) for each in fields(record)}
    if not isinstance(record, Mapping):
        return FileRow(place, None, Message("row.not-a-product", type=type(record).__name__), place)
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in record.items()}
    return FileRow(place, values, position=place)


def _outcomes(
    path: Path, rows: Iterable[FileRow], columns: Columns, limits: ProductLimits, seen: dict[str, str]
) -> Iterator[Read]:
    for row in rows:
        try:
            product = product_of(row, columns, limits)
            _refuse_duplicate(product.id, f"{path.name} line {row.line}", seen)
        except BadInput as error:
            yield Read(Reject(str(path), row.line, error.message), row.position)
        else:
            yield Read(product, row.position, _original(row, product, columns))


def _original(row: FileRow, product: Product, columns: Columns) -> Original | None:
    values = row.values or {}
    title, description = columns.value(values, "title"), columns.value(values, "description") or ""
    unchanged = (title, description) == (product.title, product.description)
    return None if unchanged else Original(title, description)


def _refuse_duplicate(id: str, place: str, seen: dict[str, str]) -> None:
    if id in seen:
        raise BadInput("row.duplicate-id", id=id, first=seen[id])
    seen[id] = place


def product_of(row: FileRow, columns: Columns, limits: ProductLimits) -> Product:
    """Build the product of one row; raises `BadInput`, naming the field, if a value is invalid."""
    if row.values is None:
        assert row.problem
        raise BadInput(row.problem)
    get = {name: columns.value(row.values, name) for name in FIELDS}
    if get["title"] is None:
        raise BadInput("row.no-title")
    product = make_product(
        _text("title", get["title"], limits.text_chars),
        _text("description", get["description"] or "", limits.text_chars),
        id=_id(get["id"], limits),
        lang=_language(get["lang"]),
        tags=_tags(get["tags"], limits),
    )
    if not product.text:
        raise BadInput("row.no-text")
    return product


def _text(name: str, value: Any, limit: int) -> str:
    if not isinstance(value, str):
        raise BadInput("row.not-text", field=Message(name), type=Message(type(value).__name__))
    if len(value) > limit:
        raise BadInput("row.too-long", field=Message(name), count=len(value), most=limit)
    if "\0" in value:
        raise BadInput("row.nul-in-field", field=Message(name))
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadInput("row.not-decodable", field=Message(name), at=error.start) from error
    return value


def _id(value: Any, limits: ProductLimits) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text("id", "" if value is None else value, limits.id_chars).strip()


def _language(value: Any) -> str:
    lang = _text("lang", value or "", 32).strip().lower()
    main = lang.replace("_", "-").split("-")[0]
    if main in LANGUAGES:
        return main
    return "other" if lang else ""


def _tags(value: Any, limits: ProductLimits) -> list[str]:
    if value is None:
        return []
    tags = _split(value) if isinstance(value, str) else value
    if not isinstance(tags, list):
        raise BadInput("row.tags-type", type=Message(type(value).__name__))
    if len(tags) > limits.tags:
        raise BadInput("row.too-many-tags", count=len(tags), most=limits.tags)
    return [_text("tags", tag, limits.tag_chars) for tag in tags]


def _split(value: str) -> Any:
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            raise BadInput("row.tags-not-json", reason=error) from error
    return value.replace(";", "|").split("|")
