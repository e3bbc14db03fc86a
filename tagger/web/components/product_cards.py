"""Render products of the catalogue as cards or as a table, with buttons that open one."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from index.catalogue.query import Page
from index.messages import mark
from index.product import Product
from tagger.search.browse import Listing
from tagger.vocabulary import Vocabulary
from tagger.web.components.panels import note
from tagger.web.components.punctuation import typeset
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names

_SNIPPET = 220
_LONGEST_HEADLINE = 60
_MOST_TAGS = 12
_NOTHING = mark("No products found.")


@dataclass(frozen=True)
class TagChip:
    """A tag's name in the reader's language, and its names in all languages for a tooltip."""

    name: Markup
    all_names: str


@dataclass(frozen=True)
class ProductCard:
    """A product's summary. `more` is the number of tags without a chip."""

    id: str
    headline: str
    snippet: str
    lang: str
    chips: Sequence[TagChip]
    more: int
    similarity: float | None


def cards(listing: Listing, vocabulary: Vocabulary, *, opens: bool = True) -> Markup:
    """Show a page of products as cards, optionally with buttons that open them."""
    if not listing.page.products:
        return note(_NOTHING)
    return render("components/product_cards.html", cards=_cards(listing, vocabulary), opens=opens)


def table(listing: Listing, vocabulary: Vocabulary) -> Markup:
    """Show a page of products as a table."""
    if not listing.page.products:
        return note(_NOTHING)
    return render("components/product_table.html", cards=_cards(listing, vocabulary))


def _cards(listing: Listing, vocabulary: Vocabulary) -> list[ProductCard]:
    return [card(each, vocabulary, listing.similarities.get(each.id)) for each in listing.page.products]


def position(offset: int, page: Page) -> Markup:
    """Show which products of how many are listed: "21–40 of 2,484"."""
    first = min(offset + 1, page.total) if page.products else 0
    return render("components/position.html", first=first, last=offset + len(page.products), total=page.total)


def card(product: Product, vocabulary: Vocabulary, similarity: float | None = None) -> ProductCard:
    """Return a product's summary."""
    snippet = product.description[:_SNIPPET] + ("…" if len(product.description) > _SNIPPET else "")
    chips = [
        TagChip(names.named(tag, vocabulary), names.all_names(tag, vocabulary)) for tag in product.tags[:_MOST_TAGS]
    ]
    return ProductCard(
        product.id,
        headline(product),
        typeset(snippet, product.lang),
        product.lang,
        chips,
        len(product.tags) - len(chips),
        similarity,
    )


def headline(product: Product) -> str:
    """Return a product's title, or the beginning of its description if it has no title."""
    return typeset(product.title or product.description[:_LONGEST_HEADLINE], product.lang)
