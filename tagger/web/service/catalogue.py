"""Browse the catalogue: lists, one product, similar products, tags by name, the map."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from index.catalogue.query import Coverage, Page, Query, TagCount
from index.errors import BadInput
from index.product import Product
from index.store import Store
from tagger.load import describe
from tagger.search.browse import Browser, Listing, Shown
from tagger.search.embedding_map import CatalogueMap, Chart
from tagger.vocabulary import Vocabulary
from tagger.web.service.requests import SearchRequest, SimilarRequest, check_query


class CatalogueFacade:
    """Read the catalogue. Thread-safe."""

    def __init__(self, store: Store, browser: Browser, drawing: CatalogueMap) -> None:
        self._store = store
        self._browser = browser
        self._map = drawing

    def search(self, request: SearchRequest) -> Page:
        """List products by words and tags."""
        return self._browser.by_words(request.query())

    def browse(self, query: Query, *, by_meaning: bool = False) -> Listing:
        """List products with facets. Raises `BadInput` if the query is too long or has unknown values."""
        check_query(query)
        return self._browser.browse(query, by_meaning=by_meaning)

    def similar(self, request: SimilarRequest) -> list[tuple[Product, float]]:
        """Return the most similar products with cosine similarities. Raises `BadInput` if the id is unknown."""
        return self._browser.similar(self._compared(request), request.limit)

    def _compared(self, request: SimilarRequest) -> Product:
        if not request.id:
            # The query is not a product of the catalogue, even if one has the same text and therefore the same id.
            return replace(request.product(), id="")
        if request.text or request.title or request.description:
            raise BadInput("request.id-or-text")
        return self._store.catalogue.product(request.id)

    def product(self, id: str) -> Shown:
        """Return one product with similar ones. Raises `BadInput` if the id is unknown."""
        return self._browser.show(id)

    def products(self, ids: Sequence[str]) -> list[Product]:
        """Return the products with these ids, in the same order, without those that do not exist."""
        return self._browser.products(ids)

    def vocabulary(self) -> Vocabulary:
        """Return the tags with their labels."""
        return self._browser.vocabulary()

    def tag_counts(self) -> Mapping[str, int]:
        """Return each tag's number of products, largest first."""
        return self._browser.tag_counts()

    def pick_tags(self, text: str, limit: int) -> list[TagCount]:
        """Return the tags whose names contain the text, the closest and most frequent first."""
        return self._browser.pick(text, limit)

    def coverage(self) -> list[Coverage]:
        """Return each language's coverage: how many products are described and tagged."""
        return self._browser.coverage()

    def map_facets(self) -> list[str]:
        """Return the facets that the map can be coloured by."""
        return self._map.facets()

    def chart(self, facet: str) -> Chart:
        """Return the map of all products with vectors, coloured by a facet."""
        return self._map.chart(facet)

    def info(self) -> dict[str, Any]:
        """Describe the store's contents, without the path of its folder, which is not for visitors."""
        return {**describe(self._store), "store": self._store.folder.name}


def page_record(page: Page) -> dict[str, Any]:
    """Return a page of products as a dictionary, as `tagweave search --json` prints it."""
    return {"total": page.total, "products": [asdict(product) for product in page.products]}


def similar_record(found: Sequence[tuple[Product, float]]) -> dict[str, Any]:
    """Return similar products as a dictionary, as `tagweave search --semantic --json` prints them."""
    return {"products": [{**asdict(product), "similarity": score} for product, score in found]}
