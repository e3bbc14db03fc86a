"""Browse a catalogue: list products with facets, show a product with similar ones, find tags by name."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from index.catalogue.catalogue import Catalogue
from index.catalogue.query import Coverage, Facets, Page, Query, TagCount
from index.catalogue.tag_queries import TagNaming, TagSummary
from index.errors import BadInput, TagweaveError
from index.files.product_reader import Original
from index.messages import Message
from index.product import Product
from index.text.cleaning import clean
from index.text.plain_characters import plain_characters
from tagger.search.similarity import SimilarityIndex
from tagger.search.tag_autocomplete import TagPicker
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.stored import labels_of, naming_of, with_stored

TAGS_PER_FACET = 24
_SIMILAR = 8
_MOST_COUNTED = 256


@dataclass(frozen=True)
class Listing:
    """One page of products, with the facets of all matches; semantic search adds a similarity per product id."""

    page: Page = field(default_factory=Page)
    facets: Facets = field(default_factory=Facets)
    similarities: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """One product, its original texts as imported, and similar products; `without` is the reason if there are none."""

    product: Product
    original: Original
    similar: Sequence[tuple[Product, float]] = ()
    without: Message | None = None


def resolve_query(query: Query, vocabulary: Vocabulary, naming: TagNaming) -> Query:
    """Return the query with cleaned text, current tag names, and the stored names of each tag in products.

    A deleted tag matches no product.
    """
    tags = tuple(vocabulary.canonical(tag if tag in vocabulary else clean(tag)) for tag in query.tags)
    names = tuple((tag, () if vocabulary.drops(tag) else (tag, *naming.stored(tag))) for tag in tags)
    return replace(query, text=plain_characters(clean(query.text)), tags=tags, names=names, deleted=naming.stored(""))


class _CatalogueSnapshot:
    """Tags, tag names and cached facet counts for one state of the catalogue; loaded lazily."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.stamp = catalogue.stamp()
        self.counted: dict[Query, Facets] = {}
        self._catalogue = catalogue

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return with_stored(labels_of(self._catalogue), self.stored)

    @cached_property
    def stored(self) -> Mapping[str, int]:
        return self._catalogue.tag_counts()

    @cached_property
    def naming(self) -> TagNaming:
        return naming_of(self.vocabulary, self.stored)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        return self._catalogue.tag_counts(self.naming) if self.naming.names else self.stored

    @cached_property
    def picker(self) -> TagPicker:
        return TagPicker(self.counts, self.vocabulary)


class Browser:
    """Lists, searches and shows products and tags of a catalogue. Thread-safe.

    `similarity_index` may raise a `TagweaveError`, for example before the first `fit`; only similar products and
    semantic search need it.
    """

    def __init__(self, catalogue: Catalogue, similarity_index: Callable[[], SimilarityIndex]) -> None:
        self._catalogue = catalogue
        self._similarity_index = similarity_index
        self._lock = threading.Lock()
        self._last: _CatalogueSnapshot | None = None

    def browse(self, query: Query, *, by_meaning: bool = False) -> Listing:
        """List products with facets; a tag may be given by any of its names.

        With `by_meaning`, the text ranks products by similarity instead of filtering them.
        """
        query = self._resolve(query)
        if not (by_meaning and query.text):
            return self._list(query)
        return replace(self._near(query), facets=self._list(replace(query, text="", limit=0)).facets)

    def by_words(self, query: Query) -> Page:
        """List products that contain every word of the text and have every tag."""
        page = self._catalogue.page(self._resolve(query))
        return replace(page, products=self._read(page.products))

    def by_meaning(self, query: Query) -> Listing:
        """List products by similarity to the text, without facets; raises `BadInput` if the text is empty."""
        query = self._resolve(query)
        if not query.text:
            raise BadInput("search.empty-query")
        return self._near(query)

    def _resolve(self, query: Query) -> Query:
        return resolve_query(query, self.vocabulary(), self._names().naming)

    def _near(self, query: Query) -> Listing:
        near = self._similarity_index().to_text(query)
        products = self.products([hit.id for hit in near.hits])
        return Listing(Page(products, near.total), similarities={hit.id: hit.score for hit in near.hits})

    def _list(self, query: Query) -> Listing:
        """List products; facet counts are cached, so that other pages and orders of a query do not recount."""
        counted = self._names().counted
        asked = replace(query, order="newest", limit=0, offset=0)
        if asked in counted:
            page = self._catalogue.page(query) if query.limit else Page()
            return Listing(replace(page, products=self._read(page.products)), counted[asked])
        page, facets = self._catalogue.browse(query, tags_per_facet=TAGS_PER_FACET, naming=self._names().naming)
        if len(counted) >= _MOST_COUNTED:
            counted.clear()
        counted[asked] = facets
        return Listing(replace(page, products=self._read(page.products)), facets)

    def products(self, ids: Sequence[str]) -> list[Product]:
        """Return the products with these ids, in the given order; unknown ids are skipped."""
        return self._read(self._catalogue.get(ids))

    def _read(self, products: Sequence[Product]) -> list[Product]:
        """Return products with their tags under current names."""
        read = self._names().naming.read
        return [replace(each, tags=read(each.tags)) for each in products]

    def show(self, id: str) -> Shown:
        """Return one product with similar ones; raises `BadInput` if the id is unknown."""
        [product] = self._read([self._catalogue.product(id)])
        original = self._catalogue.original(id)
        try:
            return Shown(product, original, self.similar(product, _SIMILAR))
        except TagweaveError as error:
            return Shown(product, original, without=error.message)

    def similar(self, product: Product, limit: int) -> list[tuple[Product, float]]:
        """Return the products most similar to the given one, excluding it, with their cosine similarity."""
        hits = self._similarity_index().to_product(product, limit)
        products = {product.id: product for product in self.products([hit.id for hit in hits])}
        return [(products[hit.id], hit.score) for hit in hits if hit.id in products]

    def pick(self, text: str, limit: int) -> list[TagCount]:
        """Return tags with a name that contains the text, closest match first, then most frequent."""
        return self._names().picker.pick(text, limit)

    def portrait(self, tag: str, limit: int) -> TagSummary:
        """Return a summary of a tag, given by any of its names, with its newest products.

        Each list in the summary is cut at `limit`.
        """
        found = self._catalogue.portrait(self.vocabulary().canonical(tag), self._names().naming, limit=limit)
        return replace(found, products=self._read(found.products))

    def vocabulary(self) -> Vocabulary:
        """Return the current vocabulary: all tags with their labels."""
        return self._names().vocabulary

    def tag_counts(self) -> Mapping[str, int]:
        """Return the number of products of each tag, the most frequent first."""
        return self._names().counts

    def coverage(self) -> list[Coverage]:
        """Return the coverage by language: how many products have descriptions and tags."""
        return self._catalogue.coverage(self._names().naming.stored(""))

    def _names(self) -> _CatalogueSnapshot:
        with self._lock:
            if self._last is None or self._last.stamp != self._catalogue.stamp():
                self._last = _CatalogueSnapshot(self._catalogue)
            return self._last
