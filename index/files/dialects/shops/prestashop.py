"""PrestaShop's files for import and export: the names of columns say how their cells are written."""

import re
from collections.abc import Iterator, Sequence

from index.files.dialects.attributes import distinct
from index.files.dialects.base import Row
from index.files.dialects.shop import Shop, TagSource
from index.files.dialects.tag_formats import Separated
from index.files.field_names import plain
from index.product import Attribute

_HINT = re.compile(r"\s*(?:\*|#|\([^)]*\))")


def _simple(column: str) -> str:
    """Return the plain name of a column without its hint, as in `Tags (x,y,z...)` and `Name *`."""
    return plain(_HINT.sub("", column))


def _not_number(level: str) -> str:
    """Return nothing for a number: a category may be given by its id."""
    return "" if level.isdecimal() else level


def _attributes(rows: Sequence[Row]) -> list[Attribute]:
    return distinct(each for row in rows for name in _FEATURES for each in _features(str(row.get(name) or "")))


def _features(cell: str) -> Iterator[Attribute]:
    """Yield the features in `Colour:Red:1,Material:Steel:2`, where the position may be left out."""
    for part in cell.split(","):
        name, _, rest = part.partition(":")
        value = rest.partition(":")[0]
        if name.strip() and value.strip():
            yield Attribute(name.strip(), value.strip())


_FEATURES = ("feature", "features", "caractéristique")
PRESTASHOP = Shop(
    name="prestashop",
    columns={
        "id": ("product_id", "id", "reference", "référence"),
        "title": ("name", "nom", "product_name"),
        "description": ("description", "short_description", "summary", "résumé", "description_courte"),
    },
    required=(
        ("product_id", "id", "reference", "référence"),
        ("name", "nom", "product_name"),
        ("active", "actif", "enabled"),
        ("categories", "catégories", "category"),
        ("price_tax_excluded", "price_tax_excluded_or_price_tax_included", "tax_rule_id", "tax_rules_id", "reference",
         "wholesale_price", "feature", "on_sale", "meta_title", "référence", "prix_ht"),
    ),
    typical=frozenset(
        {"product_id", "active", "name", "categories", "tax_rules_id", "wholesale_price", "on_sale", "reference",
         "short_description", "description", "tags", "meta_title", "url_rewritten", "feature", "manufacturer"}
    ),
    tags=(
        TagSource(("tags", "mots_clés", "étiquettes"), Separated(",", between=",")),
        TagSource(
            ("categories", "catégories", "category"),
            Separated(",", path="/", between=",", roots=("Home", "Accueil", "Root"), name=_not_number),
        ),
    ),
    patterns=_FEATURES,
    attributes=_attributes,
    simple=_simple,
)  # fmt: skip
