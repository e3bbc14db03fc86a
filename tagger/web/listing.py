"""Show products of the catalogue, as HTML whose buttons open one."""

from collections.abc import Mapping

from markupsafe import Markup

from index.product import Product
from index.query import Page
from tagger.browsing import Listing
from tagger.vocabulary import Vocabulary
from tagger.web import names
from tagger.web.typeset import typeset

_SNIPPET = 220
_MOST_TAGS = 12

NOTHING = Markup('<div class="tw-note"><p>没有找到商品。</p><p>No products found.</p></div>')


def cards(listing: Listing, vocabulary: Vocabulary) -> Markup:
    """Show a page of products as cards."""
    if not listing.page.products:
        return NOTHING
    shown = (card(product, vocabulary, listing.similarities.get(product.id)) for product in listing.page.products)
    return Markup('<ol class="tw-cards">{}</ol>').format(Markup("").join(shown))


def table(listing: Listing, vocabulary: Vocabulary) -> Markup:
    """Show a page of products as a table."""
    if not listing.page.products:
        return NOTHING
    rows = Markup("").join(_row(product, vocabulary, listing.similarities) for product in listing.page.products)
    return Markup(
        '<div class="tw-scroll" tabindex="0" role="region" aria-label="商品 Products">'
        '<table class="tw-table"><thead><tr>'
        '<th scope="col">商品 Product</th><th scope="col">语言 Language</th><th scope="col">标签 Tags</th>'
        "</tr></thead><tbody>{}</tbody></table></div>"
    ).format(rows)


def _row(product: Product, vocabulary: Vocabulary, similarities: Mapping[str, float]) -> Markup:
    return Markup('<tr class="tw-row"><td>{}{}</td><td>{}</td><td><div class="tw-chips">{}</div></td></tr>').format(
        opener(product),
        _similarity(similarities.get(product.id)),
        names.LANGUAGES.get(product.lang, product.lang),
        chips(product, vocabulary),
    )


def position(offset: int, page: Page) -> Markup:
    """Say which of how many products are shown: "21–40 of 2,484"."""
    first = min(offset + 1, page.total)
    return Markup('<p class="tw-position"><b>{:,}–{:,}</b> / 共 of <b>{:,}</b></p>').format(
        first if page.products else 0, offset + len(page.products), page.total
    )


def card(product: Product, vocabulary: Vocabulary, similarity: float | None = None) -> Markup:
    """Show one product in short."""
    snippet = product.description[:_SNIPPET] + ("…" if len(product.description) > _SNIPPET else "")
    return Markup(
        '<li class="tw-card" data-id="{}"><h4>{}{}</h4><p dir="auto">{}</p><div class="tw-chips">{}</div></li>'
    ).format(
        product.id,
        opener(product),
        _similarity(similarity),
        typeset(snippet, product.lang),
        chips(product, vocabulary),
    )


def opener(product: Product) -> Markup:
    """Return the button that opens a product, under its title."""
    shown = Markup('<button type="button" class="tw-open-product" dir="auto" data-open="{}">{}</button>')
    return shown.format(product.id, typeset(product.title or product.description[:60], product.lang))


def _similarity(score: float | None) -> Markup:
    if score is None:
        return Markup("")
    return Markup('<span class="tw-figure" title="余弦相似度 cosine similarity">≈ {:.2f}</span>').format(score)


def chips(product: Product, vocabulary: Vocabulary) -> Markup:
    """Show a product's first tags in its language."""
    shown = Markup("").join(_chip(tag, product.lang, vocabulary) for tag in product.tags[:_MOST_TAGS])
    more = len(product.tags) - _MOST_TAGS
    return shown + (Markup("<span>+{}</span>").format(more) if more > 0 else Markup(""))


def _chip(tag: str, lang: str, vocabulary: Vocabulary) -> Markup:
    first, second = names.tag(tag, vocabulary.labels(tag), lang)
    return Markup('<span class="tw-chip" title="{}">{}</span>').format(second or first, first)
