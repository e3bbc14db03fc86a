"""Training, validation and test splits, decided by a product's text alone, so that all training code agrees."""

import hashlib
from typing import Literal

from index.product import Product
from index.text.plain_characters import plain_characters

Part = Literal["test", "validation", "training"]

_TEST = 0.1
_VALIDATION = 0.2
# Data sets are often split by the plain hash of their texts. Without a salt, a store that holds one such split could
# fall entirely into one split here.
_SALT = "tagweave"


def part(product: Product) -> Part:
    """Assign a product to a split by its text's hash: the lowest tenth is test, the next tenth validation."""
    place = position(product)
    if place < _TEST:
        return "test"
    return "validation" if place < _VALIDATION else "training"


def held_out(product: Product) -> bool:
    """Tell whether the product is held out from the training of every generator, base and adapter alike."""
    return part(product) != "training"


def position(product: Product) -> float:
    """Map the MD5 of salt, title and description (in their normal form, UTF-8) to a number from 0 to below 1."""
    texts = f"{plain_characters(product.title)}{plain_characters(product.description)}"
    digest = hashlib.md5(f"{_SALT}{texts}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:6]) / (1 << 48)
