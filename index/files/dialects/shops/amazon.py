"""Amazon's inventory files: three header lines; the last one has the names of the fields."""

import re
from collections.abc import Iterator, Sequence

from index.files.dialects.attributes import distinct, values_in
from index.files.dialects.base import Row
from index.files.dialects.shop import Shop, TagSource
from index.files.dialects.tag_formats import Separated
from index.files.field_names import plain
from index.product import Attribute

# Newer files write item_name[marketplace_id=…][language_tag=en_US]#1.value.
_SELECTOR = re.compile(r"\[[^\]]*\]|#\d+|\.value$")
_ATTRIBUTES = {
    "color_name": "color", "color": "color", "size_name": "size", "size": "size", "material_type": "material",
    "material_type1": "material", "material": "material", "pattern_name": "pattern", "style_name": "style",
    "department_name": "department", "target_gender": "gender",
}  # fmt: skip


def _simple(column: str) -> str:
    return plain(_SELECTOR.sub("", column))


def _key(row: Row) -> str:
    """Return the SKU of the product; of a child that of its parent."""
    own = str(row.get("item_sku") or row.get("sku") or row.get("contribution_sku") or "").strip()
    parent = str(row.get("parent_sku") or "").strip()
    return parent if parent and not _is_parent(row) else own


def _is_parent(row: Row) -> bool:
    return str(row.get("parent_child") or row.get("parentage_level") or "").strip().lower() == "parent"


def _main(rows: Sequence[Row]) -> Row:
    return next((row for row in rows if _is_parent(row)), rows[0])


def _attributes(rows: Sequence[Row]) -> list[Attribute]:
    return distinct(each for row in rows for each in _of_row(row))


def _of_row(row: Row) -> Iterator[Attribute]:
    for column, name in _ATTRIBUTES.items():
        yield from values_in(name, row.get(column))


def _words(code: str) -> str:
    """Return the words of a code such as `coffee-mugs`."""
    return code.replace("-", " ").replace("_", " ")


_KEYWORDS = Separated(";", between="; ")
_CODES = Separated(";", between="; ", name=_words, spell=lambda tag: tag.replace(" ", "-"))
AMAZON = Shop(
    name="amazon",
    columns={
        "id": ("item_sku", "contribution_sku", "sku"),
        "title": ("item_name",),
        "description": ("product_description", "item_description", "bullet_point1", "bullet_point"),
    },
    required=(
        ("item_sku", "contribution_sku", "sku"),
        ("item_name",),
        ("feed_product_type", "product_type", "generic_keywords", "generic_keywords1", "generic_keyword", "item_type",
         "brand_name", "external_product_id", "bullet_point1"),
    ),
    typical=frozenset(
        {"item_sku", "feed_product_type", "external_product_id", "brand_name", "item_type", "product_description",
         "generic_keywords", "bullet_point1", "update_delete", "standard_price", "parent_child", "main_image_url"}
    ),
    tags=(
        TagSource(("generic_keywords", "generic_keyword"), _KEYWORDS, numbered=r"generic_keywords?_?\d+"),
        TagSource(("item_type", "item_type_keyword", "item_type_name"), _CODES),
    ),
    patterns=("item_sku", "sku", "contribution_sku", "parent_sku", "parent_child", "parentage_level", *_ATTRIBUTES),
    key=_key,
    main=_main,
    attributes=_attributes,
    simple=_simple,
)  # fmt: skip
