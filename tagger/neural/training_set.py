"""Which products a network is trained on, and which tell it when to stop."""

from collections.abc import Sequence

from index.product import Product
from tagger.splits import position

# With fewer products, none is held out to tell when to stop.
_LEAST_TO_STOP = 200
_KEPT_OUT = 0.1


def keep_out(products: Sequence[Product]) -> tuple[list[int], list[int]]:
    """Return the places of the products to train on, and of those that tell when to stop."""
    order = sorted(range(len(products)), key=lambda place: position(products[place]))
    count = round(_KEPT_OUT * len(order)) if len(order) >= _LEAST_TO_STOP else 0
    return sorted(order[count:]), sorted(order[:count])
