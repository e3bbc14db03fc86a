"""Which products a generator is never trained on: decided by a product's text alone, so that every part agrees."""

import hashlib
from typing import Literal

from index.product import Product

Part = Literal["test", "validation", "training"]

_TEST = 0.1
_VALIDATION = 0.2
# Data sets are often divided by the plain hash of their texts; a store that holds such a part must not fall whole
# into one part here.
_SALT = "tagweave"


def part(product: Product) -> Part:
    """Place a product by its text's hash: the lowest tenth is test, the next is validation."""
    place = position(product)
    if place < _TEST:
        return "test"
    return "validation" if place < _VALIDATION else "training"


def held_out(product: Product) -> bool:
    """Tell whether the product is kept out of the training of every generator, base and adapter alike."""
    return part(product) != "training"


def position(product: Product) -> float:
    """Return where the MD5 of salt, title and description (UTF-8) stands between all possible ones, 0 to below 1."""
    digest = hashlib.md5(f"{_SALT}{product.title}{product.description}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:6]) / (1 << 48)
