"""Show one product of the catalogue with its tags and similar products, as HTML."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from index.query import TagCount
from tagger.browsing import Shown
from tagger.choosing import Choice
from tagger.vocabulary import Vocabulary
from tagger.web import names
from tagger.web.facets import tag_buttons
from tagger.web.listing import card
from tagger.web.typeset import typeset

_LONGEST_TEXT = 5000


def drawer(inner: Markup, title: str = "商品 Product") -> Markup:
    """Show something in a drawer over the list, with a button that closes it."""
    return Markup(
        '<div class="tw-drawer" role="dialog" aria-label="{}" tabindex="-1">'
        '<button type="button" class="tw-close" data-close="1">关闭 Close <span aria-hidden="true">×</span></button>'
        "{}</div>"
    ).format(title, inner)


def product(shown: Shown, vocabulary: Vocabulary, counts: Mapping[str, int]) -> Markup:
    """Show a product: its texts, its tags by facet, and similar products."""
    each = shown.product
    return drawer(
        Markup('<h3 dir="auto">{}</h3>{}<p class="tw-text" dir="auto" tabindex="0">{}</p>{}{}{}').format(
            typeset(each.title or each.description[:60], each.lang),
            _facts(shown),
            typeset(each.description[:_LONGEST_TEXT], each.lang) or "没有描述。 No description.",
            _tags(shown, vocabulary, counts),
            _original(shown),
            _similar(shown, vocabulary),
        )
    )


def _facts(shown: Shown) -> Markup:
    return Markup(
        '<p class="tw-facts"><span>编号 id <b>{}</b></span><span>语言 language <b>{}</b></span>'
        "<span>标签 tags <b>{}</b></span></p>"
    ).format(
        shown.product.id,
        names.LANGUAGES.get(shown.product.lang, shown.product.lang),
        len(shown.product.tags),
    )


def _tags(shown: Shown, vocabulary: Vocabulary, counts: Mapping[str, int]) -> Markup:
    tags = [TagCount(tag, vocabulary.facet(tag), counts.get(tag, 0)) for tag in shown.product.tags]
    if not tags:
        return Markup('<h4>标签 Tags</h4><p class="tw-none">需要审核：没有标签。 Needs review: no tags.</p>')
    groups = Markup("").join(_facet(facet, tags, vocabulary) for facet in dict.fromkeys(tag.facet for tag in tags))
    return Markup('<h4>标签 Tags</h4><div class="tw-facets">{}</div>').format(groups)


def _facet(facet: str, tags: Sequence[TagCount], vocabulary: Vocabulary) -> Markup:
    title = Markup("<h5>{}</h5>").format(names.facet(facet)) if facet else Markup("")
    buttons = tag_buttons([tag for tag in tags if tag.facet == facet], Choice(), vocabulary)
    return Markup('<section>{}<div class="tw-values">{}</div></section>').format(title, Markup("").join(buttons))


def _original(shown: Shown) -> Markup:
    """Show the texts as they stood in the file, where cleaning changed them."""
    found = shown.original
    if (found.title, found.description) == (shown.product.title, shown.product.description):
        return Markup("")
    text = "\n".join(filter(None, (found.title, found.description)))[:_LONGEST_TEXT]
    return Markup(
        '<details class="tw-original"><summary>文件中的原文 As it stood in the file</summary>'
        '<p class="tw-text" dir="auto" tabindex="0">{}</p></details>'
    ).format(text)


def _similar(shown: Shown, vocabulary: Vocabulary) -> Markup:
    title = Markup("<h4>相似商品 Similar products</h4>")
    if shown.without:
        return title + Markup('<p class="tw-note tw-problem">{}</p>').format(shown.without)
    if not shown.similar:
        return title + Markup('<p class="tw-none">没有。 None.</p>')
    cards = Markup("").join(card(each, vocabulary, score) for each, score in shown.similar)
    return title + Markup('<ol class="tw-cards">{}</ol>').format(cards)
