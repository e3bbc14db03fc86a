"""Turn rows of files into products; a row that cannot be a product becomes a reject with its reason."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from index.errors import BadInput
from index.files.columns import FIELDS, Columns, refuse_unknown
from index.files.dialects.attributes import attributes_in, values_in
from index.files.dialects.grouping import products_in
from index.files.dialects.locales import translations_in
from index.files.profile import FileProfile, TagReading, profile_file
from index.files.readers.options import ReadingOptions
from index.files.readers.rows import FileRow
from index.files.row_reader import read_rows
from index.files.seen_ids import SeenIds
from index.files.tag_splitting import TagColumn, TagSplit, is_missing, named_item
from index.files.typed_tags import attribute_in
from index.messages import Message, mark
from index.product import Attribute, Product, Translation, make_product
from index.text.cleaning import without_embedded
from index.text.language import LANGUAGES

# So many records of a program are looked at to find out how their tags are separated.
_LOOKED_AT = 1000
_AS_WRITTEN = TagReading()
# Rows of fields, as dialects make them.
_BY_FIELD = Columns()
# Spreadsheets keep the zeros of a number that is written like this: ="0690", '0690.
_NUMBER_AS_TEXT = re.compile(r"=\"(.*)\"|'(\d+)", re.DOTALL)
_LANGUAGE_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("english", "eng", "英文", "英语", "英語"), "en"),
    **dict.fromkeys(
        ("chinese", "cn", "zho", "chi", "cmn", "中文", "汉语", "漢語", "简体中文", "繁体中文", "繁體中文"), "zh"
    ),
}
# Records from a program have no file; messages use this name instead.
_RECORDS = Path("records")
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
    """A row's outcome, the number of bytes of its file read so far, and the original texts if cleaning changed them.

    `line` is that of the row. `has_tags` is false if the row does not say which tags the product has, as in a file
    without a column of tags.
    """

    outcome: Product | Reject
    position: int
    original: Original | None = None
    line: int = 0
    has_tags: bool = True


def read_products(
    paths: Iterable[Path],
    *,
    columns: Columns | None = None,
    limits: ProductLimits | None = None,
    options: ReadingOptions | None = None,
) -> Iterator[Read]:
    """Yield a product or a reject for every row, in order.

    A repeated id is rejected. Rows without an id that have the same texts are one product with the tags of all; each of
    them yields the product with the tags so far. Raises `BadInput` if a file cannot be read at all.
    """
    profiles = (profile_file(path, columns or Columns(), options or ReadingOptions()) for path in paths)
    return read_profiled(profiles, limits=limits)


def refuse_missing(columns: Columns, paths: Iterable[Path], options: ReadingOptions | None = None) -> None:
    """Raise `BadInput` if a mapped column is missing from a file's first rows: a misspelling would lose a field."""
    for path in paths if columns.names or columns.attributes else ():
        rows = islice(read_rows(path, options), _LOOKED_AT)
        refuse_unknown(columns, {name for row in rows for name in row.values or ()}, str(path))


def read_profiled(profiles: Iterable[FileProfile], *, limits: ProductLimits | None = None) -> Iterator[Read]:
    """Yield what `read_products` does, from files with known profiles."""
    seen = SeenIds()
    merged = _TagsOfUnnamed()
    for profile in profiles:
        survey = profile.survey
        rows = products_in(read_rows(profile.path, layout=profile.layout), survey.reading, survey.late)
        yield from _outcomes(profile.path, rows, _BY_FIELD, limits or ProductLimits(), seen, merged, survey.tags)


def read_records(
    records: Iterable[Mapping[str, object] | Product],
    *,
    columns: Columns | None = None,
    limits: ProductLimits | None = None,
) -> Iterator[Read]:
    """Yield a product or a reject for every record of a program, as `read_products` does; `position` counts records.

    The first records decide how tags in texts are separated.
    """
    rows = (record_row(place, record) for place, record in enumerate(records, start=1))
    head = list(islice(rows, _LOOKED_AT))
    columns = columns or Columns()
    tags = tags_of_rows(head, columns)
    seen = (SeenIds(), _TagsOfUnnamed())
    return _outcomes(_RECORDS, chain(head, rows), columns, limits or ProductLimits(), *seen, tags)


def tags_of_rows(rows: Iterable[FileRow], columns: Columns) -> TagReading:
    """Return how the tags in some rows are read."""
    cells = TagColumn()
    for row in rows:
        cells.add(columns.value(row.values or {}, "tags"))
    split = cells.split()
    return TagReading(split, names=cells.attribute_names(split))


def record_row(place: int, record: object) -> FileRow:
    """Return a record in the form of a file's row."""
    if isinstance(record, Product):
        record = {each.name: getattr(record, each.name) for each in fields(record)}
    if not isinstance(record, Mapping):
        return FileRow(place, None, Message("row.not-a-product", type=type(record).__name__), place)
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in record.items()}
    return FileRow(place, values, position=place)


def _outcomes(
    path: Path,
    rows: Iterable[FileRow],
    columns: Columns,
    limits: ProductLimits,
    seen: SeenIds,
    unnamed: "_TagsOfUnnamed",
    tags: TagReading,
) -> Iterator[Read]:
    seen.begin(path.name)
    for row in rows:
        try:
            product = product_of(row, columns, limits, tags)
            values = row.values or {}
            if _id(_present(columns.value(values, "id")), limits):
                seen.refuse_repeated(product.id, row.line)
            else:
                product = unnamed.merge(product, seen, row.line)
        except BadInput as error:
            yield Read(Reject(str(path), row.line, error.message), row.position, line=row.line)
        else:
            has_tags = columns.value(values, "tags") is not None
            yield Read(product, row.position, _original(values, product, columns), row.line, has_tags)


def _original(values: Mapping[str, Any], product: Product, columns: Columns) -> Original | None:
    title, description = columns.value(values, "title"), _present(columns.value(values, "description")) or ""
    if (title, description) == (product.title, product.description):
        return None
    title, description = without_embedded(title), without_embedded(description)
    unchanged = (title, description) == (product.title, product.description)
    return None if unchanged else Original(title, description)


class _TagsOfUnnamed:
    """The tags of products without an id of their own: rows with the same texts are one product."""

    def __init__(self) -> None:
        self._tags: dict[str, tuple[str, ...]] = {}

    def merge(self, product: Product, seen: SeenIds, line: int) -> Product:
        """Return the product with the tags of earlier rows. Raises `BadInput` if another product has its id."""
        if product.id in self._tags:
            product = replace(product, tags=tuple(dict.fromkeys([*self._tags[product.id], *product.tags])))
        else:
            seen.refuse_repeated(product.id, line)
        self._tags[product.id] = product.tags
        return product


def product_of(row: FileRow, columns: Columns, limits: ProductLimits, tags: TagReading = _AS_WRITTEN) -> Product:
    """Build the product of one row; raises `BadInput`, naming the field, if a value is invalid."""
    if row.values is None:
        assert row.problem
        raise BadInput(row.problem)
    get = {name: _present(columns.value(row.values, name)) for name in FIELDS}
    if get["title"] is None:
        raise BadInput("row.no-title")
    own = _tags(get["tags"], limits, tags)
    found = [attribute_in(tag, tags.names) or tag for tag in own] if tags.names else own
    attributes = [each for each in found if isinstance(each, Attribute)] if tags.names else []
    attributes += _attributes(row.values, columns, limits)
    product = make_product(
        _text("title", get["title"], limits.text_chars),
        _text("description", get["description"] or "", limits.text_chars),
        id=_id(get["id"], limits),
        lang=_language(get["lang"]),
        tags=[each.tag if isinstance(each, Attribute) else each for each in found] if attributes else own,
        translations=_translations(row.values, limits),
        attributes=attributes,
    )
    if not (product.title or product.description or product.translations):
        raise BadInput("row.no-text")
    return _spelled(product, tags.spellings)


def _spelled(product: Product, usual: Mapping[str, str]) -> Product:
    """Return the product with the usual spelling of each tag."""
    if usual.keys().isdisjoint(product.tags):
        return product
    tags = tuple(dict.fromkeys(usual.get(tag, tag) for tag in product.tags))
    return replace(product, tags=tags, attributes=tuple(_usual(each, usual) for each in product.attributes))


def _usual(attribute: Attribute, usual: Mapping[str, str]) -> Attribute:
    """Return the attribute of the usual spelling of an attribute's tag."""
    name, between, value = usual.get(attribute.tag, "").partition(": ")
    return Attribute(name, value) if between else attribute


def _attributes(values: Mapping[str, Any], columns: Columns, limits: ProductLimits) -> list[Attribute]:
    """Return the attributes that a row gives apart from its tags; one that is too long for a tag is none."""
    if not (columns.attributes or values.get("attributes")):
        return []
    chosen = (each for column in columns.attributes for each in values_in(column, values.get(column)))
    found = dict.fromkeys([*attributes_in(values.get("attributes")), *chosen])
    return [each for each in found if len(each.tag) <= limits.tag_chars and _is_text(each.tag)][: limits.tags]


def _is_text(text: str) -> bool:
    return "\0" not in text and text.isprintable()


def _translations(values: Mapping[str, Any], limits: ProductLimits) -> list[Translation]:
    if not values.get("translations"):
        return []
    return [
        Translation(
            _language(each.lang),
            _text("title", _present(each.title) or "", limits.text_chars),
            _text("description", _present(each.description) or "", limits.text_chars),
        )
        for each in translations_in(values.get("translations"))
    ]


def _present(value: Any) -> Any:
    """Return a cell's value; `None` if it says that there is none."""
    if isinstance(value, str):
        return None if is_missing(value) else value
    # Only NaN differs from itself.
    return None if isinstance(value, float) and value != value else value


def _text(name: str, value: Any, limit: int) -> str:
    if not isinstance(value, str):
        raise BadInput("row.not-text", field=Message(name), type=Message(type(value).__name__))
    text = without_embedded(value)
    if len(text) > limit:
        raise BadInput("row.too-long", field=Message(name), count=len(text), most=limit)
    if "\0" in text:
        raise BadInput("row.nul-in-field", field=Message(name))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput("row.not-decodable", field=Message(name), at=error.start) from error
    return text


def _id(value: Any, limits: ProductLimits) -> str:
    if isinstance(value, float) and value == value // 1:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = _text("id", "" if value is None else value, limits.id_chars).strip()
    number = _NUMBER_AS_TEXT.fullmatch(text)
    return number[1] or number[2] if number else text


def _language(value: Any) -> str:
    if value is None:
        return ""
    lang = _text("lang", value or "", 32).strip().lower()
    main = _LANGUAGE_NAMES.get(lang) or lang.replace("_", "-").split("-")[0]
    main = _LANGUAGE_NAMES.get(main, main)
    if main in LANGUAGES:
        return main
    return "other" if lang else ""


def _tags(value: Any, limits: ProductLimits, reading: TagReading) -> list[str]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return [tag for cell in value for tag in _tags(_present(cell), limits, reading)]
    if isinstance(value, str):
        return list(_tags_in(value, limits, reading.split))
    if not isinstance(value, list):
        raise BadInput("row.tags-type", type=Message(type(value).__name__))
    return _named_tags(value, limits)


# Many products have the same cell of tags.
@lru_cache(maxsize=1 << 14)
def _tags_in(cell: str, limits: ProductLimits, split: TagSplit) -> tuple[str, ...]:
    return tuple(_named_tags(split.tags(cell), limits))


def _named_tags(found: list[Any], limits: ProductLimits) -> list[str]:
    tags = [_tag(item, limits) for item in map(named_item, found) if item is not None]
    if len(tags) > limits.tags:
        raise BadInput("row.too-many-tags", count=len(tags), most=limits.tags)
    return tags


def _tag(item: Any, limits: ProductLimits) -> str:
    if isinstance(item, int | float) and not isinstance(item, bool):
        return str(int(item) if item == item // 1 else item)
    return _text("tags", item, limits.tag_chars)
