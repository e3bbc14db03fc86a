"""The parts of a store's products that systems are trained, tuned and measured on."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import BadInput
from index.product import Product
from tagger.splits import part


@dataclass(frozen=True)
class LeaderboardSplit:
    """Labelled products: four fifths to train on, a tenth to find thresholds, a tenth to measure."""

    training: Sequence[Product]
    validation: Sequence[Product]
    test: Sequence[Product]


def split_products(products: Sequence[Product]) -> LeaderboardSplit:
    """Split labelled products by their texts. Raises `BadInput` if a part is empty."""
    parts: dict[str, list[Product]] = {"training": [], "validation": [], "test": []}
    for product in products:
        if product.tags:
            parts[part(product)].append(product)
    if not all(parts.values()):
        raise BadInput("leaderboard.too-few", products=sum(map(len, parts.values())))
    return LeaderboardSplit(**parts)
