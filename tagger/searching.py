"""Find products: by words and tags, or by meaning."""

from dataclasses import replace

from index.cleaning import clean
from index.errors import BadInput
from index.product import Product
from index.progress import Progress, silent
from index.query import Page, Query
from index.store import Store
from index.vectors import Hit
from tagger.opening import encoder_of
from tagger.settings import Settings
from tagger.vocabulary import Vocabulary, from_rows


def by_words(store: Store, query: Query) -> Page:
    """Return products that have every word and every tag; a tag may be given by any of its labels.

    A product has a tag also where it came in with one that was merged into it.
    """
    return store.catalogue.page(meant(query, from_rows(store.catalogue.labels())))


def meant(query: Query, vocabulary: Vocabulary) -> Query:
    """Return the query with clean text, the tags' own names, and the others that products may have them by."""
    tags = tuple(vocabulary.canonical(tag) for tag in query.tags)
    names = tuple((tag, tuple(vocabulary.forms(tag))) for tag in tags)
    return replace(query, text=clean(query.text), tags=tags, names=names)


def by_meaning(
    store: Store, settings: Settings, query: Query, progress: Progress = silent
) -> list[tuple[Product, float]]:
    """Return products whose text is near the query's, with the cosine similarity, among those with every tag.

    Raises `BadInput` where the query has no text.
    """
    from index.vectors import FlatIndex

    text = clean(query.text)
    if not text:
        raise BadInput("the query is empty; there is nothing to compare products with")
    candidates = by_words(store, Query("", query.tags, query.lang, "newest", store.catalogue.count(), 0)).products
    encoder = encoder_of(store, settings)
    encoder.warm([product.text for product in candidates], progress)
    index = FlatIndex(encoder.dim)
    index.add([product.id for product in candidates], encoder.encode([product.text for product in candidates]))
    [hits] = index.search(encoder.encode([text]), query.offset + query.limit)
    found = {product.id: product for product in candidates}
    return [_with_score(found, hit) for hit in hits[query.offset :]]


def _with_score(found: dict[str, Product], hit: Hit) -> tuple[Product, float]:
    return found[hit.id], hit.score
