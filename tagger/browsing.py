"""Look around in a catalogue: a list with facets, one product with similar ones, tags by name."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from index.catalogue import Catalogue
from index.errors import BadInput, TagweaveError
from index.product import Product
from index.query import Coverage, Facets, Page, Query, TagCount
from index.reading import Original
from tagger.nearness import Nearness
from tagger.searching import meant
from tagger.tag_picker import TagPicker
from tagger.vocabulary import Vocabulary, from_rows

TAGS_PER_FACET = 24
_SIMILAR = 8
_MOST_COUNTED = 256


@dataclass(frozen=True)
class Listing:
    """One page of products with the facets of all that were found; by meaning, with each one's similarity."""

    page: Page = field(default_factory=Page)
    facets: Facets = field(default_factory=Facets)
    similarities: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """One product, its texts as they were found, and similar products, or why there are none."""

    product: Product
    original: Original
    similar: Sequence[tuple[Product, float]] = ()
    without: str = ""


class _Names:
    """The tags, what they are called, and what was counted, as of one state of the catalogue; read on demand."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.stamp = catalogue.stamp()
        self.counted: dict[Query, Facets] = {}
        self._catalogue = catalogue

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return from_rows(self._catalogue.labels())

    @cached_property
    def counts(self) -> Mapping[str, int]:
        return self._catalogue.tag_counts()

    @cached_property
    def picker(self) -> TagPicker:
        return TagPicker(self.counts, self.vocabulary)


class Browser:
    """Answers what a reader of the catalogue asks; safe to call from several threads.

    `nearness` may raise a `TagweaveError`, as it does before the first `fit`: only what is found by meaning needs it.
    """

    def __init__(self, catalogue: Catalogue, nearness: Callable[[], Nearness]) -> None:
        self._catalogue = catalogue
        self._nearness = nearness
        self._lock = threading.Lock()
        self._last: _Names | None = None

    def browse(self, query: Query, *, by_meaning: bool = False) -> Listing:
        """List products with facets; a tag may be given by any of its names. By meaning, the text is no condition."""
        query = meant(query, self.vocabulary())
        if not (by_meaning and query.text):
            return self._listed(query)
        near = self._nearness().to_text(query)
        products = self._catalogue.get([hit.id for hit in near.hits])
        facets = self._listed(replace(query, text="", limit=0)).facets
        return Listing(Page(products, near.total), facets, {hit.id: hit.score for hit in near.hits})

    def _listed(self, query: Query) -> Listing:
        """List products; what was counted for another page of them is not counted again."""
        counted = self._names().counted
        asked = replace(query, order="newest", limit=0, offset=0)
        if asked in counted:
            return Listing(self._catalogue.page(query) if query.limit else Page(), counted[asked])
        page, facets = self._catalogue.browse(query, tags_per_facet=TAGS_PER_FACET)
        if len(counted) >= _MOST_COUNTED:
            counted.clear()
        counted[asked] = facets
        return Listing(page, facets)

    def show(self, id: str) -> Shown:
        """Show one product; raises `BadInput` where there is none of that id."""
        found = self._catalogue.get([id])
        if not found:
            raise BadInput("there is no such product any more")
        original = self._catalogue.original(id)
        try:
            hits = self._nearness().to_product(found[0], _SIMILAR)
        except TagweaveError as error:
            return Shown(found[0], original, without=str(error))
        products = {product.id: product for product in self._catalogue.get([hit.id for hit in hits])}
        similar = [(products[hit.id], hit.score) for hit in hits if hit.id in products]
        return Shown(found[0], original, similar)

    def pick(self, text: str, limit: int) -> list[TagCount]:
        """Return the tags with a name that holds the text, the closest and most frequent first."""
        return self._names().picker.pick(text, limit)

    def vocabulary(self) -> Vocabulary:
        """Return the labels of the tags."""
        return self._names().vocabulary

    def tag_counts(self) -> Mapping[str, int]:
        """Return each tag with the number of its products, the most frequent first."""
        return self._names().counts

    def coverage(self) -> list[Coverage]:
        """Return what the products of each language have."""
        return self._catalogue.coverage()

    def _names(self) -> _Names:
        with self._lock:
            if self._last is None or self._last.stamp != self._catalogue.stamp():
                self._last = _Names(self._catalogue)
            return self._last
