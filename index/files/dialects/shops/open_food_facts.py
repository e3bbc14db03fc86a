"""Exports of Open Food Facts: tags are codes with a language in front, such as `en:plant-based-foods`."""

import re

from index.files.dialects.shop import Shop, TagSource
from index.files.dialects.tag_formats import Separated

_LANGUAGE = re.compile(r"[a-z]{2,3}:")


def _name(code: str) -> str:
    """Return the words of a code; the words of a tag without a language stay as they are."""
    words = _LANGUAGE.sub("", code, count=1)
    return words if words == code else words.replace("-", " ")


def _code(tag: str) -> str:
    return f"en:{tag.replace(' ', '-')}"


_CODES = Separated(",", between=",", name=_name, spell=_code)
_NAMES = Separated(",", between=",", name=_name)
OPEN_FOOD_FACTS = Shop(
    name="open-food-facts",
    columns={
        "id": ("code", "_id"),
        "title": ("product_name", "abbreviated_product_name"),
        "description": ("generic_name", "ingredients_text"),
    },
    required=(
        ("code", "_id"),
        ("product_name",),
        ("categories_tags", "categories_en", "categories", "labels_tags", "labels"),
        ("categories_tags", "labels_tags", "brands", "countries_tags",
         "countries", "ingredients_text", "nutriscore_grade", "nova_group", "quantity",
         "generic_name", "creator"),
    ),
    typical=frozenset(
        {"url", "creator", "created_t", "product_name", "quantity", "brands", "categories", "categories_tags", "labels",
         "labels_tags", "countries", "countries_tags", "ingredients_text", "nutriscore_grade", "nova_group"}
    ),
    tags=(
        TagSource(("categories_tags",), _CODES),
        TagSource(("labels_tags",), _CODES),
    ),
)  # fmt: skip
