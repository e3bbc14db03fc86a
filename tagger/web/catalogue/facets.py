"""Show what the products that were found have, and what of it is chosen, as HTML whose buttons change the choice."""

from collections.abc import Sequence

from markupsafe import Markup

from index.catalogue.query import Facets, TagCount
from tagger.search.filters import MOST_CHOSEN, Choice
from tagger.vocabulary import Vocabulary
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import named
from tagger.web.i18n.translations import hint, say

_FLAGS = {
    "described": ("Description", {"yes": "described", "no": "no description"}),
    "tagged": ("Review", {"no": "needs review: no tags", "yes": "tagged"}),
}
_NOTHING = Markup('<p class="tw-none">{}</p>').format(say("No such tag."))


def panel(facets: Facets, choice: Choice, vocabulary: Vocabulary) -> Markup:
    """Show every facet with its values and their counts; a chosen value is pressed."""
    langs = [
        button("lang", lang, say(names.LANGUAGES.get(lang, lang)), count, pressed=choice.lang == lang)
        for lang, count in facets.langs.items()
    ]
    groups = [_group("Language", langs)]
    for facet, counts, chosen in (
        ("described", facets.described, choice.described),
        ("tagged", facets.tagged, choice.tagged),
    ):
        title, labels = _FLAGS[facet]
        values = [(value, counts[flag]) for value, flag in (("yes", True), ("no", False)) if flag in counts]
        buttons = [button(facet, value, say(labels[value]), n, pressed=chosen == value) for value, n in values]
        groups.append(_group(title, buttons))
    groups += [_group(title, tag_buttons(tags, choice, vocabulary)) for title, tags in _by_facet(facets.tags)]
    return Markup('<div class="tw-facets">{}</div>').format(Markup("").join(groups))


def _by_facet(tags: Sequence[TagCount]) -> list[tuple[str, list[TagCount]]]:
    """Return the facets with their tags: known ones in their order, then by most products; at last tags without."""
    groups: dict[str, list[TagCount]] = {}
    for each in tags:
        groups.setdefault(each.facet, []).append(each)
    known = {facet: place for place, facet in enumerate(names.FACETS)}
    ordered = sorted(
        groups.items(), key=lambda group: (not group[0], known.get(group[0], len(known)), -group[1][0].count)
    )
    return [(facet or "Tags", listed) for facet, listed in ordered]


def _group(title: str, buttons: Sequence[Markup]) -> Markup:
    if not buttons:
        return Markup("")
    shown = Markup('<section aria-label="{}"><h2>{}</h2><div class="tw-values">{}</div></section>')
    return shown.format(hint(title), say(title), Markup("").join(buttons))


def tag_buttons(tags: Sequence[TagCount], choice: Choice, vocabulary: Vocabulary) -> list[Markup]:
    """Return a button for each tag, with both of its names, and one that opens its page."""
    line = Markup(
        '<span class="tw-line">{}<button type="button" class="tw-about" data-page="{}" title="{}" '
        'aria-label="{}: {}">›</button></span>'
    )
    room = len(choice.tags) < MOST_CHOSEN
    picks = [
        button("tag", each.tag, named(each.tag, vocabulary), each.count, pressed=pressed, offered=pressed or room)
        for each in tags
        for pressed in [each.tag in choice.tags]
    ]
    page = hint("Tag page")
    return [line.format(pick, each.tag, page, page, each.tag) for pick, each in zip(picks, tags, strict=True)]


def picked(tags: Sequence[TagCount], choice: Choice, vocabulary: Vocabulary) -> Markup:
    """Show the tags that were looked for by name."""
    shown = Markup("").join(tag_buttons(tags, choice, vocabulary)) or _NOTHING
    return Markup('<div class="tw-facets"><div class="tw-values tw-found">{}</div></div>').format(shown)


def button(facet: str, value: str, label: str, count: int, *, pressed: bool, offered: bool = True) -> Markup:
    """Return the button that chooses a value, or no longer; one that is not offered cannot be pressed."""
    off = Markup("") if offered else Markup(" disabled")
    return Markup(
        '<button type="button" class="tw-pick" aria-pressed="{}" data-facet="{}" data-value="{}"{}>'
        "<span>{}</span> <output>{:,}</output></button>"
    ).format("true" if pressed else "false", facet, value, off, label, count)


def chosen(choice: Choice, vocabulary: Vocabulary) -> Markup:
    """Show what is chosen, each with a button that takes it back."""
    values: list[tuple[str, str, str]] = [("tag", tag, named(tag, vocabulary)) for tag in choice.tags]
    values += [("lang", choice.lang, say(names.LANGUAGES.get(choice.lang, choice.lang)))] if choice.lang else []
    flags = (("described", choice.described), ("tagged", choice.tagged))
    values += [(facet, value, say(_FLAGS[facet][1][value])) for facet, value in flags if value]
    if not values:
        return Markup("")
    taken = Markup(
        '<button type="button" class="tw-taken" data-facet="{}" data-value="{}" title="{}">{} '
        '<span aria-hidden="true">×</span></button>'
    )
    every = Markup('<button type="button" class="tw-taken tw-all" data-facet="" data-value="">{}</button>').format(
        say("Clear all")
    )
    return Markup('<div class="tw-choice">{}{}</div>').format(
        Markup("").join(taken.format(facet, value, hint("take back"), shown) for facet, value, shown in values), every
    )
