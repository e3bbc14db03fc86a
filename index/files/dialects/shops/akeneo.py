"""Akeneo's export of products: a text has a column for each language, and lists are codes with commas."""

from collections.abc import Sequence

from index.files.dialects.attributes import distinct, values_in
from index.files.dialects.base import Row
from index.files.dialects.shop import Shop, TagSource
from index.files.dialects.tag_formats import Separated
from index.product import Attribute

_ATTRIBUTES = ("color", "colour", "main_color", "size", "material", "brand", "pattern", "season", "gender")


def _attributes(rows: Sequence[Row]) -> list[Attribute]:
    cells = ((name, row[name]) for row in rows for name in _ATTRIBUTES if row.get(name))
    return distinct(each for name, cell in cells for each in values_in(name.replace("_", " "), cell))


AKENEO = Shop(
    name="akeneo",
    columns={
        "id": ("sku", "identifier", "code", "uuid"),
        "title": ("name", "product_name", "title", "label"),
        "description": ("description", "short_description"),
    },
    required=(
        ("sku", "identifier", "code", "uuid"),
        ("family", "groups", "enabled"),
        ("family", "categories"),
        ("name", "product_name", "title", "label"),
        ("categories", "groups", "parent", "enabled"),
    ),
    typical=frozenset({"sku", "uuid", "family", "categories", "enabled", "groups", "parent", "name", "description"}),
    tags=(
        TagSource(("tags", "keywords"), Separated(",")),
        TagSource(("categories",), Separated(",", between=",")),
    ),
    patterns=_ATTRIBUTES,
    attributes=_attributes,
)
