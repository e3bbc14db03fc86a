"""Find the labelled products nearest to other products."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from index.batching import batched
from index.encoders.base import Encoder
from index.product import Product
from index.vectors.base import Hit, VectorIndex

NewIndex = Callable[[int], VectorIndex]
_LABELS = "labels.json"
# An index widens its search for a whole batch until one query's ties are resolved, and hundreds of products may share
# one text. Batches of this size bound the cost.
_AT_ONCE = 1000


class Neighbours:
    """A vector index of labelled products, with the tags and titles of the products it finds."""

    def __init__(self, encoder: Encoder, new_index: NewIndex, k: int) -> None:
        self._encoder = encoder
        self._new_index = new_index
        self._k = k
        self._index: VectorIndex | None = None
        self.tags: dict[str, tuple[str, ...]] = {}
        self.titles: dict[str, str] = {}

    def fit(self, products: Sequence[Product]) -> None:
        """Index the products, replacing all indexed before."""
        self._index = self._new_index(self._encoder.dim)
        self._index.add([p.id for p in products], self._encoder.encode([p.text for p in products]))
        self.tags = {product.id: product.tags for product in products}
        self.titles = {product.id: product.title or product.description[:80] for product in products}

    def near(self, products: Sequence[Product]) -> list[list[Hit]]:
        """Return at most k hits for each product, best first; a product never finds itself."""
        if self._index is None or not products:
            return [[] for _ in products]
        found: list[list[Hit]] = []
        for asked in batched(products, _AT_ONCE):
            found += self._index.search(self._encoder.encode([p.text for p in asked]), self._k + 1)
        others = ([hit for hit in hits if hit.id != p.id] for p, hits in zip(products, found, strict=True))
        return [hits[: self._k] for hits in others]

    def save(self, folder: Path) -> None:
        """Write the index, the tags and the titles into an existing folder."""
        assert self._index is not None, "fit comes first"
        self._index.save(folder)
        labels = {"tags": self.tags, "titles": self.titles}
        (folder / _LABELS).write_text(json.dumps(labels, ensure_ascii=False), "utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._index = self._new_index(self._encoder.dim)
        self._index.load(folder)
        labels = json.loads((folder / _LABELS).read_text("utf-8"))
        self.tags, self.titles = {id: tuple(tags) for id, tags in labels["tags"].items()}, labels["titles"]
