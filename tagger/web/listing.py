"""Show products of the catalogue, as HTML."""

from collections.abc import Mapping

from markupsafe import Markup

from index.product import Product
from index.query import Page
from tagger.vocabulary import Vocabulary
from tagger.web import names
from tagger.web.typeset import typeset

_SNIPPET = 220
_MOST_TAGS = 12

NOTHING = Markup('<div class="tw-note"><p>没有找到商品。</p><p>No products found.</p></div>')


def cards(page: Page, vocabulary: Vocabulary) -> Markup:
    """Show a page of products."""
    if not page.products:
        return NOTHING
    shown = Markup("").join(_card(product, vocabulary) for product in page.products)
    return Markup('<ol class="tw-cards">{}</ol>').format(shown)


def position(offset: int, page: Page) -> Markup:
    """Say which of how many products are shown: "21–40 of 2,484"."""
    first = min(offset + 1, page.total)
    return Markup('<p class="tw-position"><b>{:,}–{:,}</b> / 共 of <b>{:,}</b></p>').format(
        first if page.products else 0, offset + len(page.products), page.total
    )


def tag_choices(counts: Mapping[str, int], vocabulary: Vocabulary, *, most: int) -> list[tuple[str, str]]:
    """Return the most frequent tags as (what is shown, tag)."""
    return [(_choice(tag, count, vocabulary), tag) for tag, count in list(counts.items())[:most]]


def _choice(tag: str, count: int, vocabulary: Vocabulary) -> str:
    first, second = names.tag(tag, vocabulary.labels(tag), "zh")
    return f"{first} {second} ({count:,})" if second else f"{first} ({count:,})"


def _card(product: Product, vocabulary: Vocabulary) -> Markup:
    title = typeset(product.title or product.description[:60], product.lang)
    snippet = product.description[:_SNIPPET] + ("…" if len(product.description) > _SNIPPET else "")
    chips = Markup("").join(_chip(tag, product.lang, vocabulary) for tag in product.tags[:_MOST_TAGS])
    more = len(product.tags) - _MOST_TAGS
    return Markup(
        '<li class="tw-card" data-id="{}"><h4 dir="auto">{}</h4><p dir="auto">{}</p>'
        '<div class="tw-chips">{}{}</div></li>'
    ).format(
        product.id,
        title,
        typeset(snippet, product.lang),
        chips,
        Markup("<span>+{}</span>").format(more) if more > 0 else "",
    )


def _chip(tag: str, lang: str, vocabulary: Vocabulary) -> Markup:
    first, second = names.tag(tag, vocabulary.labels(tag), lang)
    return Markup('<span class="tw-chip" title="{}">{}</span>').format(second or first, first)
