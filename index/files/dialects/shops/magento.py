"""Exports of Magento and Adobe Commerce: a product may have a further row for each store view."""

from collections.abc import Iterator, Sequence

from index.files.dialects.attributes import distinct, pairs
from index.files.dialects.base import Row
from index.files.dialects.locales import language_of
from index.files.dialects.shop import Shop, TagSource
from index.files.dialects.tag_formats import Separated
from index.product import Attribute

# Store views that hold the values for all languages.
_ALL = ("", "admin", "default", "all")
# Attributes that say something to the program only.
_OF_PROGRAM = frozenset({"has_options", "required_options", "gift_message_available", "links_exist", "samples_title"})
_ROOTS = ("Default Category", "Root Catalog", "默认分类", "预设分类")


def _sku(row: Row) -> str:
    return str(row.get("sku") or "").strip()


def _view(row: Row) -> str:
    return str(row.get("store_view_code") or "").strip()


def _main(rows: Sequence[Row]) -> Row:
    """Return the row without a store view; else the first one with a name."""
    named = [row for row in rows if row.get("name")]
    return next((row for row in named if _view(row).lower() in _ALL), (named or rows)[0])


def _views(rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """Yield the rows of store views with their languages; a code that says no language leaves it to the text."""
    for row in rows:
        if _view(row):
            lang = language_of(_view(row).replace("-", "_").split("_store")[0])
            yield ("" if lang == "other" else lang), row


def _attributes(rows: Sequence[Row]) -> list[Attribute]:
    return distinct(each for row in rows for each in _of_row(row))


def _of_row(row: Row) -> Iterator[Attribute]:
    for name, values in pairs(str(row.get("additional_attributes") or ""), ",", "=", "|"):
        for value in values:
            # A value with separators inside is in quotation marks.
            bare = value.strip().strip('"').strip()
            if bare and name not in _OF_PROGRAM:
                yield Attribute(name.strip('" '), bare)


MAGENTO = Shop(
    name="magento",
    columns={"id": ("sku",), "title": ("name",), "description": ("description", "short_description")},
    required=(
        ("sku",),
        ("name",),
        ("additional_attributes", "attribute_set_code", "store_view_code", "_attribute_set"),
    ),
    typical=frozenset(
        {"store_view_code", "attribute_set_code", "product_type", "categories", "product_websites", "url_key",
         "short_description", "visibility", "tax_class_name", "additional_attributes"}
    ),
    tags=(
        TagSource(("tags",), Separated(",")),
        TagSource(("categories", "_category"), Separated(",", path="/", roots=_ROOTS)),
    ),
    patterns=("sku", "name", "store_view_code", "additional_attributes"),
    key=_sku,
    main=_main,
    attributes=_attributes,
    views=_views,
    cells={"categories": r"^(Default Category|Root Catalog)\b"},
)  # fmt: skip
