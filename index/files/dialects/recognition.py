"""Which dialect a file is written in."""

from collections.abc import Sequence
from typing import Final

from index.errors import BadInput
from index.files.dialects.base import Dialect, Row
from index.files.dialects.plain_table import PLAIN
from index.files.dialects.shops.akeneo import AKENEO
from index.files.dialects.shops.amazon import AMAZON
from index.files.dialects.shops.chinese_shops import CHINESE_SHOPS
from index.files.dialects.shops.google_merchant import GOOGLE_MERCHANT
from index.files.dialects.shops.magento import MAGENTO
from index.files.dialects.shops.open_food_facts import OPEN_FOOD_FACTS
from index.files.dialects.shops.prestashop import PRESTASHOP
from index.files.dialects.shops.shopify import SHOPIFY, SHOPIFY_API
from index.files.dialects.shops.woocommerce import WOOCOMMERCE, WOOCOMMERCE_API

# The first of two that are alike sure wins.
DIALECTS: Final[Sequence[Dialect]] = (
    SHOPIFY,
    SHOPIFY_API,
    WOOCOMMERCE,
    WOOCOMMERCE_API,
    MAGENTO,
    GOOGLE_MERCHANT,
    AMAZON,
    PRESTASHOP,
    AKENEO,
    OPEN_FOOD_FACTS,
    CHINESE_SHOPS,
    PLAIN,
)


def recognise(columns: Sequence[str], rows: Sequence[Row]) -> Dialect:
    """Return the dialect that is the surest of a file with these columns and first rows."""
    return max(DIALECTS, key=lambda dialect: dialect.recognise(columns, rows))


def dialect_named(name: str) -> Dialect:
    """Return the dialect with this name. Raises `BadInput` if there is none."""
    for dialect in DIALECTS:
        if dialect.name == name.lower():
            return dialect
    raise BadInput("options.format", value=name, available=", ".join(dialect.name for dialect in DIALECTS))
