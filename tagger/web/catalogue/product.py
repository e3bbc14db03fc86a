"""Show one product of the catalogue with its tags and similar products, as HTML."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from index.catalogue.query import TagCount
from index.product import Product
from tagger.feedback.review_item import ReviewItem
from tagger.search.browse import Shown
from tagger.search.filters import Choice
from tagger.vocabulary import Vocabulary
from tagger.web.catalogue.facets import tag_buttons
from tagger.web.components import decision_rows as verdicts
from tagger.web.components.panels import drawer
from tagger.web.components.product_cards import card, headline
from tagger.web.components.punctuation import typeset
from tagger.web.i18n import display_names as names
from tagger.web.i18n.error_translations import both
from tagger.web.i18n.translations import say

_LONGEST_TEXT = 5000


def product(shown: Shown, vocabulary: Vocabulary, counts: Mapping[str, int], history: Markup) -> Markup:
    """Show a product: its texts, its tags by facet, what was decided on them, and similar products."""
    each = shown.product
    return drawer(
        Markup('<h3 dir="auto">{}</h3>{}<p class="tw-text" dir="auto" tabindex="0">{}</p>{}{}{}{}{}').format(
            headline(each),
            _facts(shown),
            typeset(each.description[:_LONGEST_TEXT], each.lang) or say("No description."),
            _tags(shown, vocabulary, counts),
            _judge(each),
            Markup("<h4>{}</h4>{}").format(say("History"), history),
            _original(shown),
            _similar(shown, vocabulary),
        )
    )


def judged(each: ReviewItem, vocabulary: Vocabulary, note: Markup) -> Markup:
    """Show a product with every tag that it has or that is suggested, each to be judged."""
    back = Markup('<button type="button" class="tw-taken" data-open="{}">← {}</button>')
    return drawer(
        Markup('<h3 dir="auto">{}</h3>{}{}<h4>{}</h4>{}<h4>{}</h4>{}').format(
            headline(each.product),
            note,
            back.format(each.product.id, say("Back to the product")),
            say("Suggested tags"),
            verdicts.verdicts(each),
            say("History"),
            verdicts.history(each.history, vocabulary),
        )
    )


def _judge(product: Product) -> Markup:
    shown = Markup('<p><button type="button" class="tw-taken tw-judge-it" data-judge="{}">{}</button></p>')
    return shown.format(product.id, say("Suggest and judge"))


def _facts(shown: Shown) -> Markup:
    return Markup(
        '<p class="tw-facts"><span>{} <b>{}</b></span><span>{} <b>{}</b></span><span><b>{}</b> {}</span></p>'
    ).format(
        say("id"),
        shown.product.id,
        say("language"),
        say(names.LANGUAGES.get(shown.product.lang, shown.product.lang)),
        len(shown.product.tags),
        say("tags"),
    )


def _tags(shown: Shown, vocabulary: Vocabulary, counts: Mapping[str, int]) -> Markup:
    tags = [TagCount(tag, vocabulary.facet(tag), counts.get(tag, 0)) for tag in shown.product.tags]
    if not tags:
        none = Markup('<h4>{}</h4><p class="tw-none">{}</p>')
        return none.format(say("Tags"), say("Needs review: no tags."))
    groups = Markup("").join(_facet(facet, tags, vocabulary) for facet in dict.fromkeys(tag.facet for tag in tags))
    return Markup('<h4>{}</h4><div class="tw-facets">{}</div>').format(say("Tags"), groups)


def _facet(facet: str, tags: Sequence[TagCount], vocabulary: Vocabulary) -> Markup:
    title = Markup("<h5>{}</h5>").format(say(facet)) if facet else Markup("")
    buttons = tag_buttons([tag for tag in tags if tag.facet == facet], Choice(), vocabulary)
    return Markup('<section>{}<div class="tw-values">{}</div></section>').format(title, Markup("").join(buttons))


def _original(shown: Shown) -> Markup:
    """Show the texts as they stood in the file, where cleaning changed them."""
    found = shown.original
    if (found.title, found.description) == (shown.product.title, shown.product.description):
        return Markup("")
    text = "\n".join(filter(None, (found.title, found.description)))[:_LONGEST_TEXT]
    return Markup(
        '<details class="tw-original"><summary>{}</summary><p class="tw-text" dir="auto" tabindex="0">{}</p></details>'
    ).format(say("As it stood in the file"), text)


def _similar(shown: Shown, vocabulary: Vocabulary) -> Markup:
    title = Markup("<h4>{}</h4>").format(say("Similar products"))
    if shown.without:
        return title + Markup('<p class="tw-note tw-problem">{}</p>').format(both(shown.without))
    if not shown.similar:
        return title + Markup('<p class="tw-none">{}</p>').format(say("None."))
    cards = Markup("").join(card(each, vocabulary, score) for each, score in shown.similar)
    return title + Markup('<ol class="tw-cards">{}</ol>').format(cards)
