"""Find products similar in meaning to a text or another product, among products with cached vectors."""

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
    """Unit vectors of products, and the state of the catalogue that they were read from."""

    stamp: tuple[int, ...]
    edition: tuple[int, int]
    ids: list[str]
    places: dict[str, int]
    vectors: Matrix


@dataclass(frozen=True)
class VectorSample:
    """A sample of products with their vectors, (n, dim), out of `total`; equal editions give equal samples."""

    edition: Edition
    ids: list[str]
    vectors: Matrix
    total: int


@dataclass(frozen=True)
class Near:
    """Hits, best first, and the number of products that were compared."""

    hits: list[Hit]
    total: int


class SimilarityIndex:
    """Exact search over all cached vectors; fast enough for about 100,000 products.

    Products without a cached vector are left out: `fit` encodes the catalogue. Thread-safe.
    """

    def __init__(self, catalogue: Catalogue, encoder: CachedEncoder) -> None:
        self._catalogue = catalogue
        self._encoder = encoder
        self._lock = threading.Lock()
        self._last: _Map | None = None

    def to_text(self, query: Query) -> Near:
        """Return the products that match the query's filters, by similarity to its text."""
        known = self._map()
        [vector] = self._encoder.encode([query.text])
        among = self._places(known, query)
        return Near(_best(known, vector, among, query.offset, query.limit), len(among))

    def to_product(self, product: Product, limit: int) -> list[Hit]:
        """Return the products most similar to the given one, excluding it."""
        known = self._map()
        [vector] = self._encoder.encode([product.text])
        among = np.arange(len(known.ids))
        among = np.delete(among, known.places[product.id]) if product.id in known.places else among
        return _best(known, vector, among, 0, limit)

    def crowds(self, products: Sequence[Product], least: float) -> list[int]:
        """Return for each product the number of other products with a similarity of at least `least`."""
        known = self._map()
        vectors = self._encoder.encode([product.text for product in products])
        counts = (known.vectors @ vectors.T >= least).sum(axis=0) if len(known.ids) else np.zeros(len(products), int)
        return [int(count) - (product.id in known.places) for product, count in zip(products, counts, strict=True)]

    def edition(self) -> Edition:
        """Return a key that changes whenever `sample` may return other products or vectors."""
        return self._edition(self._map())

    def _edition(self, known: _Map) -> Edition:
        return (*known.edition, len(known.ids), self._encoder.name)

    def sample(self, limit: int) -> VectorSample:
        """Sample at most `limit` products by the hash of their ids; most stay in it while the catalogue changes."""
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
                # Decisions on tags change the file but no text, so the vectors stay valid.
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
    """Return hits `offset` to `offset + limit`, best first; ties are in the order of ids."""
    scores = (known.vectors @ vector)[among]
    last = min(offset + limit, len(among))
    if last < len(among):
        # Keep everything that ties with the last wanted hit, so that the sort below breaks ties by id.
        least = np.partition(scores, len(scores) - last)[len(scores) - last] if last else np.inf
        kept = np.flatnonzero(scores >= least)
        among, scores = among[kept], scores[kept]
    order = np.lexsort((among, -scores))[offset:last]
    return [Hit(known.ids[among[place]], float(scores[place])) for place in order]
