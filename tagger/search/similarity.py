"""Find products that are near a text or another product in meaning, among those whose vectors are there."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from index.catalogue.catalogue import Catalogue
from index.catalogue.query import Query
from index.encoders.vector_cache import CachedEncoder
from index.product import Product
from index.vectors.base import Hit, Matrix

Places = npt.NDArray[np.int64]
Edition = tuple[int, int, int, str]


@dataclass(frozen=True)
class _Map:
    """Unit vectors by product, and the state of the catalogue that they were read from."""

    stamp: tuple[int, ...]
    edition: tuple[int, int]
    ids: list[str]
    places: dict[str, int]
    vectors: Matrix


@dataclass(frozen=True)
class VectorSample:
    """Some products with their vectors, (n, dim), drawn among so many; the same products for the same `edition`."""

    edition: Edition
    ids: list[str]
    vectors: Matrix
    total: int


@dataclass(frozen=True)
class Near:
    """Hits, best first, and among how many products they were looked for."""

    hits: list[Hit]
    total: int


class SimilarityIndex:
    """Compares with every cached vector: exact, and fast enough for some 100,000 products.

    What has no vector yet is left out: encoding a whole catalogue is the work of `fit`. Safe to call from threads.
    """

    def __init__(self, catalogue: Catalogue, encoder: CachedEncoder) -> None:
        self._catalogue = catalogue
        self._encoder = encoder
        self._lock = threading.Lock()
        self._last: _Map | None = None

    def to_text(self, query: Query) -> Near:
        """Return the products with the query's properties by their similarity_index to its text."""
        known = self._map()
        [vector] = self._encoder.encode([query.text])
        among = self._places(known, query)
        return Near(_best(known, vector, among, query.offset, query.limit), len(among))

    def to_product(self, product: Product, limit: int) -> list[Hit]:
        """Return the products nearest to another, which is not among them itself."""
        known = self._map()
        [vector] = self._encoder.encode([product.text])
        among = np.arange(len(known.ids))
        among = np.delete(among, known.places[product.id]) if product.id in known.places else among
        return _best(known, vector, among, 0, limit)

    def crowds(self, products: Sequence[Product], least: float) -> list[int]:
        """Count for each product how many others are at least as similar to it as that."""
        known = self._map()
        vectors = self._encoder.encode([product.text for product in products])
        counts = (known.vectors @ vectors.T >= least).sum(axis=0) if len(known.ids) else np.zeros(len(products), int)
        return [int(count) - (product.id in known.places) for product, count in zip(products, counts, strict=True)]

    def edition(self) -> Edition:
        """Return what changes when `drawn` may draw others, or with other vectors."""
        return self._edition(self._map())

    def _edition(self, known: _Map) -> Edition:
        return (*known.edition, len(known.ids), self._encoder.name)

    def sample(self, limit: int) -> VectorSample:
        """Draw at most so many products by the hashes of their ids: most stay the same while products come and go."""
        known = self._map()
        places = sorted(range(len(known.ids)), key=lambda place: _hash(known.ids[place]))[:limit]
        return VectorSample(
            self._edition(known), [known.ids[each] for each in places], known.vectors[places], len(known.ids)
        )

    def _places(self, known: _Map, query: Query) -> Places:
        if not query.tags and not query.lang and query.described is None and query.tagged is None:
            return np.arange(len(known.ids))
        ids = self._catalogue.ids(query)
        return np.array(sorted(known.places[id] for id in ids if id in known.places), np.int64)

    def _map(self) -> _Map:
        with self._lock:
            stamp = self._catalogue.stamp()
            if self._last is None or self._last.stamp != stamp:
                edition = self._catalogue.edition()
                # A decision on tags changes the file, but no text.
                same = self._last is not None and self._last.edition == edition
                self._last = replace(self._last, stamp=stamp) if self._last and same else self._read(stamp, edition)
            return self._last

    def _read(self, stamp: tuple[int, ...], edition: tuple[int, int]) -> _Map:
        products = [product for product in self._catalogue.products() if self._encoder.has(product.text)]
        ids = [product.id for product in products]
        vectors = self._encoder.encode([product.text for product in products])
        return _Map(stamp, edition, ids, {id: place for place, id in enumerate(ids)}, vectors)


def _hash(id: str) -> bytes:
    return hashlib.blake2b(id.encode(), digest_size=8).digest()


def _best(known: _Map, vector: Matrix, among: Places, offset: int, limit: int) -> list[Hit]:
    """Return so many of the best, best first, ties in the order of the ids."""
    scores = (known.vectors @ vector)[among]
    last = min(offset + limit, len(among))
    if last < len(among):
        # What is as near as the last wanted one stays in, so that ties are cut by their ids.
        least = np.partition(scores, len(scores) - last)[len(scores) - last] if last else np.inf
        kept = np.flatnonzero(scores >= least)
        among, scores = among[kept], scores[kept]
    order = np.lexsort((among, -scores))[offset:last]
    return [Hit(known.ids[among[place]], float(scores[place])) for place in order]
