"""Browse and change the catalogue: lists, one product, similar products, tags by name, the map."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from index.catalogue.query import Coverage, Page, Query, TagCount
from index.errors import BadInput
from index.messages import Message
from index.product import Product
from index.progress import silent
from index.store import Store
from tagger.demo.examples import Example, examples_of
from tagger.ingest import ingest_records
from tagger.load import describe
from tagger.search.browse import Browser, Listing, Shown
from tagger.search.embedding_map import CatalogueMap, Chart
from tagger.vocabulary import Entry, Vocabulary
from tagger.web.service.requests import SearchRequest, SimilarRequest, check_query


@dataclass(frozen=True)
class WrittenProducts:
    """How many products were written, and for each of the others its place, from 1, and what is wrong with it."""

    accepted: int
    rejected: Sequence[tuple[int, Message]] = ()


class CatalogueFacade:
    """Read and write products. Thread-safe."""

    def __init__(
        self,
        store: Store,
        browser: Browser,
        drawing: CatalogueMap,
        writing: Callable[[], AbstractContextManager[Store]],
    ) -> None:
        self._store = store
        self._browser = browser
        self._map = drawing
        self._writing = writing

    def list_products(self, query: Query) -> Page:
        """List products by words, tags and properties; the tags may be given by any of their names."""
        return self._browser.by_words(query)

    def find(self, id: str) -> Product | None:
        """Return a product of the catalogue, or None if there is none with this id."""
        return next(iter(self._browser.products([id])), None)

    def write(self, records: Sequence[Mapping[str, object]]) -> WrittenProducts:
        """Write products, replacing those with the same ids, as `tagweave ingest` does; safe on disk on return.

        Raises `StoreLocked` while another process writes the store.
        """
        with self._writing() as store:
            done = ingest_records(store, records, silent)
        lines = Path(done.rejects).read_text("utf-8").splitlines()
        # The answer has the reasons; a file for each request would only gather.
        Path(done.rejects).unlink()
        rejected = [(each["line"], Message.from_dict(each)) for each in map(json.loads, lines)]
        return WrittenProducts(done.accepted, rejected)

    def delete(self, ids: Sequence[str]) -> int:
        """Remove products from the catalogue, and return how many there were. Decisions on them stay on record."""
        with self._writing() as store:
            return store.catalogue.delete(ids)

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

    def find_tags(self, text: str, facet: str = "") -> list[tuple[Entry, int]]:
        """Return the tags with a name that contains the text, with their numbers of products, the most frequent first.

        With `facet`, only its tags.
        """
        counts, wanted = self.tag_counts(), text.casefold()
        found = [
            (entry, counts.get(entry.tag, 0))
            for entry in self.vocabulary()
            if (not facet or entry.facet == facet) and any(wanted in form.casefold() for form in entry.forms)
        ]
        return sorted(found, key=lambda each: (-each[1], each[0].tag))

    def pick_tags(self, text: str, limit: int) -> list[TagCount]:
        """Return the tags whose names contain the text, the closest and most frequent first."""
        return self._browser.pick(text, limit)

    def coverage(self) -> list[Coverage]:
        """Return each language's coverage: how many products are described and tagged."""
        return self._browser.coverage()

    def examples(self) -> list[Example]:
        """Return products that visitors may try."""
        return examples_of(self._store)

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
