"""The parts of a store's products that systems are trained, tuned and measured on."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import BadInput
from index.product import Product
from tagger.splits import part, position


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


def fold_products(products: Sequence[Product], folds: int) -> list[LeaderboardSplit]:
    """Split labelled products by their texts into folds: each is measured once, and once finds the thresholds.

    Raises `BadInput` if there are fewer products than folds.
    """
    order = sorted((each for each in products if each.tags), key=lambda each: (position(each), each.id))
    groups = [order[start::folds] for start in range(folds)]
    if len(order) < 2 * folds:
        raise BadInput("leaderboard.too-few", products=len(order))
    if folds == 2:
        # The other half is split once more: a quarter of it finds the threshold.
        halves = [(groups[1], groups[0]), (groups[0], groups[1])]
        return [LeaderboardSplit(other[::2] + other[1::4], other[3::4], test) for other, test in halves]
    return [
        LeaderboardSplit(
            [each for at, group in enumerate(groups) if at not in (number, (number + 1) % folds) for each in group],
            groups[(number + 1) % folds],
            groups[number],
        )
        for number in range(folds)
    ]
