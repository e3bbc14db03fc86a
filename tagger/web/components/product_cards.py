"""Show products of the catalogue, as HTML whose buttons open one."""

from collections.abc import Mapping

from markupsafe import Markup

from index.catalogue.query import Page
from index.product import Product
from tagger.search.browse import Listing
from tagger.vocabulary import Vocabulary
from tagger.web.components.punctuation import typeset
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import hint, say

_SNIPPET = 220
_LONGEST_HEADLINE = 60
_MOST_TAGS = 12

NOTHING = Markup('<div class="tw-note"><p>{}</p></div>').format(say("No products found."))


def cards(listing: Listing, vocabulary: Vocabulary, *, opens: bool = True) -> Markup:
    """Show a page of products as cards, with buttons that open them or without."""
    if not listing.page.products:
        return NOTHING
    near = listing.similarities
    shown = (card(each, vocabulary, near.get(each.id), opens=opens) for each in listing.page.products)
    return Markup('<ol class="tw-cards">{}</ol>').format(Markup("").join(shown))


def table(listing: Listing, vocabulary: Vocabulary) -> Markup:
    """Show a page of products as a table."""
    if not listing.page.products:
        return NOTHING
    rows = Markup("").join(_row(product, vocabulary, listing.similarities) for product in listing.page.products)
    return Markup(
        '<div class="tw-scroll" tabindex="0" role="region" aria-label="{}">'
        '<table class="tw-table"><thead><tr>'
        '<th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th>'
        "</tr></thead><tbody>{}</tbody></table></div>"
    ).format(hint("Products"), say("Product"), say("Language"), say("Tags"), rows)


def _row(product: Product, vocabulary: Vocabulary, similarities: Mapping[str, float]) -> Markup:
    return Markup('<tr class="tw-row"><td>{}{}</td><td>{}</td><td><div class="tw-chips">{}</div></td></tr>').format(
        opener(product),
        _similarity(similarities.get(product.id)),
        say(names.LANGUAGES.get(product.lang, product.lang)),
        chips(product, vocabulary),
    )


def position(offset: int, page: Page) -> Markup:
    """Say which of how many products are shown: "21–40 of 2,484"."""
    first = min(offset + 1, page.total)
    return Markup('<p class="tw-position" role="status"><b>{:,}–{:,}</b> / {} <b>{:,}</b></p>').format(
        first if page.products else 0, offset + len(page.products), say("of"), page.total
    )


def card(product: Product, vocabulary: Vocabulary, similarity: float | None = None, *, opens: bool = True) -> Markup:
    """Show one product in short, with a button that opens it or without."""
    snippet = product.description[:_SNIPPET] + ("…" if len(product.description) > _SNIPPET else "")
    return Markup(
        '<li class="tw-card" data-id="{}"><h4>{}{}</h4><p dir="auto">{}</p><div class="tw-chips">{}</div></li>'
    ).format(
        product.id,
        opener(product) if opens else Markup('<span dir="auto">{}</span>').format(headline(product)),
        _similarity(similarity),
        typeset(snippet, product.lang),
        chips(product, vocabulary),
    )


def opener(product: Product) -> Markup:
    """Return the button that opens a product, under its title."""
    shown = Markup('<button type="button" class="tw-open-product" dir="auto" data-open="{}">{}</button>')
    return shown.format(product.id, headline(product))


def headline(product: Product) -> str:
    """Return a product's title, or where it has none the beginning of its description."""
    return typeset(product.title or product.description[:_LONGEST_HEADLINE], product.lang)


def _similarity(score: float | None) -> Markup:
    if score is None:
        return Markup("")
    return Markup('<span class="tw-figure" title="{}">≈ {:.2f}</span>').format(hint("cosine similarity"), score)


def chips(product: Product, vocabulary: Vocabulary) -> Markup:
    """Show a product's first tags in its language."""
    shown = Markup("").join(_chip(tag, product.lang, vocabulary) for tag in product.tags[:_MOST_TAGS])
    more = len(product.tags) - _MOST_TAGS
    return shown + (Markup("<span>+{}</span>").format(more) if more > 0 else Markup(""))


def _chip(tag: str, lang: str, vocabulary: Vocabulary) -> Markup:
    first, second = names.tag(tag, vocabulary.labels(tag), lang)
    return Markup('<span class="tw-chip" title="{}">{}</span>').format(second or first, first)
