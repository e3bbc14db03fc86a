"""Shopify's export of products: a row for each variant, which shares its handle with the product."""

import re
from collections.abc import Iterator, Sequence

from index.files.dialects.attributes import attributes_in, distinct
from index.files.dialects.base import Row
from index.files.dialects.shop import Shop, TagSource
from index.files.dialects.tag_formats import Separated
from index.product import Attribute

# A product without options has one variant that is called like this.
_NO_OPTION = "Default Title"
_METAFIELD = r"(.+)_\(product\.metafields\..+\)"


def _handle(row: Row) -> str:
    return str(row.get("handle") or row.get("url_handle") or "").strip()


def _main(rows: Sequence[Row]) -> Row:
    """Return the row with the product's fields; those of further variants and pictures have no title."""
    return next((row for row in rows if row.get("title")), rows[0])


def _attributes(rows: Sequence[Row]) -> Iterator[Attribute]:
    """Yield the options of all variants, and the metafields. The name of an option stands in the first row only."""
    for place in (1, 2, 3):
        name = next((str(row[f"option{place}_name"]) for row in rows if row.get(f"option{place}_name")), "")
        for row in rows:
            value = row.get(f"option{place}_value")
            if name and value and value != _NO_OPTION:
                yield Attribute(name, str(value))
    for row in rows:
        for column, value in row.items():
            field = re.fullmatch(_METAFIELD, column)
            if field and value:
                name = field[1].replace("_", " ").capitalize()
                yield from (Attribute(name, each.strip()) for each in re.split(r"[;\n]", str(value)))


def _options(rows: Sequence[Row]) -> list[Attribute]:
    """Return the options of products in JSON."""
    found = (each for row in rows for each in attributes_in(row.get("options")))
    return distinct(each for each in found if each.value != _NO_OPTION)


SHOPIFY = Shop(
    name="shopify",
    columns={
        "id": ("handle", "url_handle"),
        "title": ("title",),
        "description": ("body_(html)", "body", "description"),
    },
    required=(("handle", "url_handle"), ("title",), ("body_(html)", "vendor", "option1_value", "variant_sku")),
    typical=frozenset(
        {"body_(html)", "vendor", "type", "tags", "published", "option1_name", "option1_value", "variant_sku",
         "variant_price", "image_src"}
    ),
    tags=(
        TagSource(("tags",), Separated(",")),
        TagSource(
            ("product_category", "standardized_product_type", "custom_product_type"),
            Separated("\n", path=">", between="\n", roots=("Uncategorized",)),
        ),
    ),
    patterns=("handle", "url_handle", "title", r"option[123]_(name|value)", _METAFIELD),
    key=_handle,
    main=_main,
    attributes=_attributes,
)  # fmt: skip
# What the shop's interface answers: one object for each product.
SHOPIFY_API = Shop(
    name="shopify-json",
    columns={"id": ("handle", "id"), "title": ("title",), "description": ("body_html", "bodyhtml", "descriptionhtml")},
    required=(
        ("title",),
        ("body_html", "bodyhtml", "descriptionhtml"),
        ("variants", "options", "vendor", "product_type", "producttype"),
    ),
    typical=frozenset(
        {"id", "handle", "vendor", "product_type", "tags", "options", "variants", "images", "created_at"}
    ),
    tags=(TagSource(("tags",), Separated(",")),),
    patterns=("options",),
    attributes=_options,
)
