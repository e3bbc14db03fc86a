"""Which products are never trained on: decided by a product's text alone, so that every part agrees."""

import hashlib
from typing import Literal

from index.product import Product

Part = Literal["test", "validation", "training"]

_TEST = 0.1
_VALIDATION = 0.2


def part(product: Product) -> Part:
    """Place a product by the MD5 of title and description: the lowest tenth is test, the next is validation."""
    place = position(product)
    if place < _TEST:
        return "test"
    return "validation" if place < _VALIDATION else "training"


def held_out(product: Product) -> bool:
    """Tell whether the product is kept out of the training of every generator, base and adapter alike."""
    return part(product) != "training"


def position(product: Product) -> float:
    """Return where the MD5 of title and description (UTF-8) stands between all possible ones, 0 to below 1."""
    digest = hashlib.md5(f"{product.title}{product.description}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:6]) / (1 << 48)
