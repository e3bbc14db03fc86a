"""What becomes of the tags that a store has for a product when the product comes again in a file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from index.catalogue.catalogue import Catalogue
from index.product import Product

# Without a policy, tags in the file replace those of the store, and a file without tags leaves them alone.
TagPolicy = Literal["", "keep", "append", "replace"]
POLICIES: Final = ("keep", "append", "replace")


class StoredTags:
    """Combines the tags of incoming products with those that the store has already."""

    def __init__(self, catalogue: Catalogue, policy: TagPolicy) -> None:
        self._catalogue = catalogue
        self._policy = policy or "replace"
        # Products that came first in this run; their rows may have more tags.
        self._new: set[str] = set()

    def combine(self, products: Sequence[Product], has_tags: Sequence[bool]) -> list[Product]:
        """Return the products with the tags to store; `has_tags` tells which of them say what their tags are."""
        policies = [self._policy if given else "keep" for given in has_tags]
        asked = [each.id for each, policy in zip(products, policies, strict=True) if policy != "replace"]
        stored = {each.id: each.tags for each in self._catalogue.get(asked)} if asked else {}
        if self._policy == "keep":
            self._new |= {id for id in asked if id not in stored}
        return [self._combined(each, stored, policy) for each, policy in zip(products, policies, strict=True)]

    def _combined(self, product: Product, stored: dict[str, tuple[str, ...]], policy: str) -> Product:
        if policy == "replace" or product.id not in stored:
            return product
        if policy == "keep" and product.id not in self._new:
            return replace(product, tags=stored[product.id])
        return replace(product, tags=tuple(dict.fromkeys([*stored[product.id], *product.tags])))
