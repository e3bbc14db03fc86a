"""Show one tag: what it is called, who has it, what was changed of it, as HTML whose buttons open and undo."""

from collections.abc import Sequence

from markupsafe import Markup

from index.catalogue.query import TagCount
from index.catalogue.tag_edit import TagEdit
from index.catalogue.tag_queries import Slice, TagSummary
from tagger.vocabulary import Entry, Vocabulary
from tagger.web.components.bars import bar
from tagger.web.components.decision_rows import time, undone
from tagger.web.components.product_cards import opener
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import named
from tagger.web.i18n.translations import hint, say

_LANGUAGES = ("zh", "en")
_NONE = Markup('<span class="tw-none">{}</span>').format(say("none"))
_NO_PRODUCTS = Markup('<p class="tw-none">{}</p>').format(say("No products."))


def tag(entry: Entry, portrait: TagSummary, history: Sequence[TagEdit], vocabulary: Vocabulary, form: Markup) -> Markup:
    """Show a tag with its names, a form, its products, company, the order its products came in, and its history."""
    deleted = Markup('<p class="tw-note tw-problem" role="status">{}</p>').format(say("Deleted."))
    return Markup('<h3 dir="auto">{}</h3>{}{}{}{}{}{}{}{}').format(
        named(entry.tag, vocabulary),
        deleted if vocabulary.drops(entry.tag) else "",
        _facts(entry, portrait),
        _names(entry, vocabulary),
        form,
        _products(portrait),
        _together(portrait, vocabulary),
        _trend(portrait.slices),
        Markup("<h4>{}</h4>{}").format(say("Changes of this tag"), changes(history, vocabulary)),
    )


def _facts(entry: Entry, portrait: TagSummary) -> Markup:
    return Markup(
        '<p class="tw-facts"><span>{} <b dir="auto">{}</b></span><span>{} <b>{}</b></span>'
        "<span><b>{:,}</b> {}</span></p>"
    ).format(say("tag"), entry.tag, say("facet"), say(entry.facet or "none"), portrait.count, say("products"))


def _names(entry: Entry, vocabulary: Vocabulary) -> Markup:
    rows = [(names.LANGUAGES[lang], _chips(entry.labels.get(lang, ())[:1])) for lang in _LANGUAGES]
    rows += [("Aliases", _chips(aliases(entry)))]
    rows += [("Parents", Markup(" ").join(link(each, vocabulary) for each in entry.parents) or _NONE)]
    shown = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(say(title), had) for title, had in rows)
    return Markup('<dl class="tw-names">{}</dl>').format(shown)


def aliases(entry: Entry) -> list[str]:
    """Return what the tag is called besides its name and its labels."""
    labels = [forms[0] for forms in entry.labels.values() if forms]
    return [form for form in entry.forms if form != entry.tag and form not in labels]


def _chips(forms: Sequence[str]) -> Markup:
    return Markup(" ").join(Markup('<bdi class="tw-chip">{}</bdi>').format(form) for form in forms) or _NONE


def _products(portrait: TagSummary) -> Markup:
    title = Markup("<h4>{}</h4>").format(say("Newest products"))
    if not portrait.products:
        return title + _NO_PRODUCTS
    rows = Markup("").join(Markup("<li>{}</li>").format(opener(each)) for each in portrait.products)
    return title + Markup('<ul class="tw-having">{}</ul>').format(rows)


def _together(portrait: TagSummary, vocabulary: Vocabulary) -> Markup:
    title = Markup("<h4>{}</h4>").format(say("Often together with"))
    if not portrait.together:
        return title + Markup('<p class="tw-none">{}</p>').format(say("None."))
    shown = [TagCount(each, vocabulary.facet(each), n) for each, n in portrait.together.items()]
    rows = Markup("").join(
        Markup("<li><span>{}</span>{}<output>{:,}</output></li>").format(
            link(each.tag, vocabulary), bar(each.count / portrait.count), each.count
        )
        for each in shown
    )
    return title + Markup('<div class="tw-charts"><ol>{}</ol></div>').format(rows)


def _trend(slices: Sequence[Slice]) -> Markup:
    """Show the share of products that have the tag, from the first that came to the last."""
    title = Markup("<h4>{} <small>{}</small></h4>").format(
        say("Trend"), say("share of the products, in the order they came in")
    )
    if not any(each.having for each in slices):
        return title + _NO_PRODUCTS
    most = max(each.having / each.products for each in slices)
    bars = Markup("").join(_bar(place, each, most) for place, each in enumerate(slices))
    said = ", ".join(f"{each.having / each.products:.0%}" for each in slices)
    return title + Markup(
        '<svg class="tw-trend" viewBox="0 0 {} 60" preserveAspectRatio="none" role="img" '
        'aria-label="{}: {}">{}</svg><p class="tw-ends"><span>{}</span><span>{}</span></p>'
    ).format(20 * len(slices), hint("Trend"), said, bars, say("first"), say("latest"))


def _bar(place: int, each: Slice, most: float) -> Markup:
    share = each.having / each.products
    height = 58 * share / most
    return Markup(
        '<rect x="{}" y="{:.1f}" width="16" height="{:.1f}"><title>{:,} / {:,} = {:.1%}</title></rect>'
    ).format(20 * place + 2, 60 - height - 1, height + 1, each.having, each.products, share)


def link(tag: str, vocabulary: Vocabulary) -> Markup:
    """Return the button that opens a tag's page, under its names."""
    shown = Markup('<button type="button" class="tw-open-product" dir="auto" data-page="{}">{}</button>')
    return shown.format(tag, named(tag, vocabulary))


def changes(edits: Sequence[TagEdit], vocabulary: Vocabulary) -> Markup:
    """Show changes of tags, the latest first, those in force with a button that undoes them."""
    if not edits:
        return Markup('<p class="tw-none">{}</p>').format(say("Nothing changed yet."))
    return Markup('<ol class="tw-history">{}</ol>').format(Markup("").join(_change(each) for each in edits))


def _change(edit: TagEdit) -> Markup:
    state, after = (
        "",
        Markup('<button type="button" class="tw-undo" data-unedit="{}" data-tag="{}">{}</button>').format(
            edit.number, edit.tag, say("Undo")
        ),
    )
    if edit.undone_at:
        state, after = "tw-undone", undone(edit.undone_by, edit.undone_at)
    lang = f" ({edit.lang})" if edit.lang else ""
    return Markup(
        '<li class="{}"><span><bdi>{}</bdi> {}{} <b dir="auto">{}</b></span><span><bdi>{}</bdi> · {}</span>{}</li>'
    ).format(state, edit.tag, say(names.EDITS[edit.kind]), lang, edit.value, edit.by, time(edit.at), after)
