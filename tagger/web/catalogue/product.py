"""Render one product of the catalogue with its tags and similar products."""

from collections.abc import Mapping

from markupsafe import Markup

from index.catalogue.query import TagCount
from index.product import Product
from tagger.feedback.review_item import ReviewItem
from tagger.search.browse import Shown
from tagger.search.filters import Choice
from tagger.vocabulary import Vocabulary
from tagger.web.catalogue.facets import FacetButton, tag_buttons
from tagger.web.components.decision_rows import decision_history, decision_rows
from tagger.web.components.product_cards import card, headline
from tagger.web.components.punctuation import typeset
from tagger.web.components.templates import render

_LONGEST_TEXT = 5000


def product(shown: Shown, vocabulary: Vocabulary, counts: Mapping[str, int], history: Markup) -> Markup:
    """Show a product: its texts, its tags by facet, past decisions, and similar products."""
    each = shown.product
    return render(
        "catalogue/product.html",
        product=each,
        headline=headline(each),
        description=typeset(each.description[:_LONGEST_TEXT], each.lang),
        tags=_tags_by_facet(each, vocabulary, counts),
        history=history,
        original=_original(shown),
        similar=[card(other, vocabulary, score) for other, score in shown.similar],
        without=shown.without,
    )


def review_item(item: ReviewItem, vocabulary: Vocabulary, note: Markup) -> Markup:
    """Show a product with all its tags and suggestions, each with buttons to accept and reject it."""
    return render(
        "catalogue/review_item.html",
        id=item.product.id,
        headline=headline(item.product),
        note=note,
        tags=decision_rows(item),
        history=decision_history(item.history, vocabulary),
    )


def _tags_by_facet(product: Product, vocabulary: Vocabulary, counts: Mapping[str, int]) -> dict[str, list[FacetButton]]:
    """Group a product's tags by facet, in the order of the tags."""
    tags: dict[str, list[TagCount]] = {}
    for tag in product.tags:
        facet = vocabulary.facet(tag)
        tags.setdefault(facet, []).append(TagCount(tag, facet, counts.get(tag, 0)))
    return {facet: tag_buttons(found, Choice(), vocabulary) for facet, found in tags.items()}


def _original(shown: Shown) -> str | None:
    """Return the product's texts before cleaning, or None if cleaning changed nothing."""
    found = shown.original
    if (found.title, found.description) == (shown.product.title, shown.product.description):
        return None
    return "\n".join(filter(None, (found.title, found.description)))[:_LONGEST_TEXT]
