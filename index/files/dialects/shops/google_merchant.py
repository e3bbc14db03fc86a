"""Feeds for the Google Merchant Center, as a table or as XML, with or without the prefix `g:`."""

from collections.abc import Iterator, Sequence

from index.files.dialects.attributes import distinct, values_in
from index.files.dialects.base import Row
from index.files.dialects.shop import Shop, TagSource
from index.files.dialects.tag_formats import Separated
from index.product import Attribute

_ATTRIBUTES = ("color", "size", "material", "pattern", "gender", "age_group")


def _both(*names: str) -> tuple[str, ...]:
    """Return each name in the spellings of tables and of XML."""
    spelled = [each for name in names for each in (name, f"g:{name}", name.replace("_", " "))]
    return tuple(dict.fromkeys(each.replace(" ", "_") for each in spelled))


def _without_numbers(level: str) -> str:
    """Return nothing for a number: the category of Google's taxonomy may be given as one."""
    return "" if level.isdecimal() else level


def _attributes(rows: Sequence[Row]) -> list[Attribute]:
    return distinct(each for row in rows for each in _of_row(row))


def _of_row(row: Row) -> Iterator[Attribute]:
    for name in _ATTRIBUTES:
        value = row.get(name) or row.get(f"g:{name}")
        # Several colours of one product have slashes between them.
        values = value.split("/") if isinstance(value, str) and name == "color" else [value]
        yield from (each for part in values for each in values_in(name.replace("_", " "), part))


# Names of categories have commas, so that only paths in quotation marks are several.
_PATHS = Separated(",", path=">", quoted=True, name=_without_numbers)
GOOGLE_MERCHANT = Shop(
    name="google-merchant",
    columns={"id": _both("id"), "title": _both("title"), "description": _both("description")},
    required=(
        _both("id"),
        _both("title"),
        _both("google_product_category", "product_type"),
        _both("image_link", "link", "price", "availability", "condition", "gtin"),
    ),
    typical=frozenset({"id", "title", "description", "link", "image_link", "price", "availability"})
    | frozenset(_both("google_product_category", "product_type", "brand", "gtin", "condition")),
    tags=(
        TagSource(_both("product_type"), _PATHS),
        TagSource(_both("google_product_category"), _PATHS),
    ),
    patterns=tuple(f"(g:)?{name}" for name in _ATTRIBUTES),
    attributes=_attributes,
    cells=dict.fromkeys(_both("google_product_category", "product_type"), r"\w > \w"),
)
