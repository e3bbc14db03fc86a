"""WooCommerce's export of products: variations follow their product, and attributes have numbered columns."""

import re
from collections.abc import Iterator, Sequence

from index.files.dialects.attributes import attributes_in, distinct
from index.files.dialects.base import Row
from index.files.dialects.shop import Shop, TagSource
from index.files.dialects.tag_formats import Separated
from index.product import Attribute

_TYPES = ("type", "类型", "typ")
_VARIATION = "variation"
_ATTRIBUTE = re.compile(r"(?:attribute|属性|attribut)_(\d+)_(name|名称|nom)")
# In a cell, a line break is written as a backslash and an n.
_LINE_BREAK = re.compile(r"\\r?\\n|\\n")


def _key(row: Row) -> str:
    """Return the SKU of the product; of a variation that of its parent, which may be named by its id."""
    parent = str(row.get("parent") or "").strip()
    if parent and _is_variation(row):
        return parent
    sku = str(row.get("sku") or "").strip()
    return sku or f"id:{row.get('id') or ''}"


def _is_variation(row: Row) -> bool:
    types = next((str(row[name]) for name in _TYPES if row.get(name)), "")
    return _VARIATION in types.lower()


def _main(rows: Sequence[Row]) -> Row:
    return next((row for row in rows if not _is_variation(row)), rows[0])


def _attributes(rows: Sequence[Row]) -> list[Attribute]:
    return distinct(each for row in rows for each in _of_row(row))


def _of_row(row: Row) -> Iterator[Attribute]:
    for column, name in row.items():
        found = _ATTRIBUTE.fullmatch(column)
        if found and name:
            values = next((row[each] for each in _value_columns(column, found[1]) if row.get(each)), "")
            yield from (Attribute(str(name), value) for value in _VALUES.tags(str(values)))


def _value_columns(column: str, number: str) -> Sequence[str]:
    prefix = column.split("_")[0]
    return (f"{prefix}_{number}_value(s)", f"{prefix}_{number}_values", f"{prefix}_{number}_值")


def _listed(rows: Sequence[Row]) -> list[Attribute]:
    """Return the attributes of products in JSON."""
    return distinct(each for row in rows for each in attributes_in(row.get("attributes")))


def _text(cell: str) -> str:
    return _LINE_BREAK.sub("\n", cell)


_VALUES = Separated(",", escape="\\")
WOOCOMMERCE = Shop(
    name="woocommerce",
    columns={
        "id": ("sku", "id"),
        "title": ("name", "名称"),
        "description": ("description", "short_description", "描述", "简短描述"),
    },
    required=(
        ("type", "parent", "类型"),
        ("name", "名称"),
        (
            "is_featured?", "visibility_in_catalog", "in_stock?", "tax_status", "backorders_allowed?",
            "attribute_1_name", "regular_price", "是推荐产品？", "是推荐产品?", "属性_1_名称",
        ),
    ),
    typical=frozenset(
        {"id", "type", "sku", "name", "published", "is_featured?", "visibility_in_catalog", "short_description",
         "description", "tax_status", "in_stock?", "regular_price", "categories", "tags", "images", "parent"}
    ),
    tags=(
        TagSource(("tags", "标签"), Separated(",", escape="\\")),
        TagSource(("categories", "分类"), Separated(",", path=">", escape="\\")),
    ),
    patterns=(r"(attribute|属性)_\d+_(name|value\(s\)|values|名称|值)", "type", "类型", "parent", "id", "sku"),
    key=_key,
    main=_main,
    attributes=_attributes,
    text=_text,
    cells={"type": r"^(simple|variable|variation|grouped|external)\b"},
)  # fmt: skip
# What the shop's interface answers: one object for each product.
WOOCOMMERCE_API = Shop(
    name="woocommerce-json",
    columns={"id": ("sku", "id"), "title": ("name",), "description": ("description", "short_description")},
    required=(("name",), ("categories",), ("short_description", "permalink", "date_created"), ("attributes", "tags")),
    typical=frozenset(
        {"id", "slug", "permalink", "type", "status", "sku", "short_description", "images", "variations"}
    ),
    tags=(TagSource(("tags",), Separated(",")), TagSource(("categories",), Separated(",", path=">"))),
    patterns=("attributes",),
    attributes=_listed,
)
