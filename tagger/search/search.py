"""Search a store's products by words and tags, or by meaning; works before the first `fit`."""

from dataclasses import replace

from index.catalogue.query import Page, Query
from index.encoders.vector_cache import CachedEncoder
from index.progress import Progress, silent
from index.store import Store
from tagger.search.browse import Browser, Listing
from tagger.search.similarity import SimilarityIndex


def by_words(store: Store, query: Query) -> Page:
    """Return products that contain every word and have every tag; a tag may be given by any of its names."""
    return Browser(store.catalogue, _not_needed).by_words(query)


def _not_needed() -> SimilarityIndex:
    raise AssertionError("words are found without vectors")


def by_meaning(store: Store, encoder: CachedEncoder, query: Query, progress: Progress = silent) -> Listing:
    """Return products that have every tag, by cosine similarity of their text to the query's.

    Missing vectors are computed first. Raises `BadInput` if the query has no text.
    """

    def similarity_index() -> SimilarityIndex:
        among = browser.by_words(replace(query, text="", order="newest", limit=store.catalogue.count(), offset=0))
        encoder.warm([product.text for product in among.products], progress)
        return SimilarityIndex(store.catalogue, encoder)

    browser = Browser(store.catalogue, similarity_index)
    return browser.by_meaning(query)
