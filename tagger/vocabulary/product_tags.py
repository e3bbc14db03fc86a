"""Translate between a product's stored tags and the current names in the vocabulary."""

from collections.abc import Sequence
from dataclasses import replace

from index.product import Product
from tagger.vocabulary import Vocabulary


def canonical(products: Sequence[Product], vocabulary: Vocabulary) -> list[Product]:
    """Return the products with their tags under current names, without deleted tags."""
    return [replace(each, tags=vocabulary.named(each.tags)) for each in products]


def own_name(product: Product, tag: str, vocabulary: Vocabulary) -> str:
    """Return the name under which the product stores the tag, or an empty string if it lacks the tag."""
    return next((own for own in product.tags if vocabulary.canonical(own) == tag), "")
