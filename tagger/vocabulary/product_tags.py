"""A product's tags under the vocabulary's own names."""

from collections.abc import Sequence
from dataclasses import replace

from index.product import Product
from tagger.vocabulary import Vocabulary


def canonical(products: Sequence[Product], vocabulary: Vocabulary) -> list[Product]:
    """Return the products with their tags under the vocabulary's own names, without those that were deleted."""
    return [replace(each, tags=vocabulary.named(each.tags)) for each in products]


def own_name(product: Product, tag: str, vocabulary: Vocabulary) -> str:
    """Return the name that the product has the tag by, or nothing."""
    return next((own for own in product.tags if vocabulary.canonical(own) == tag), "")
