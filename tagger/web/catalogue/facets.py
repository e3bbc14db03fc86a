"""Render the facets of the products found, and the chosen values, with buttons that change the choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from index.catalogue.query import Facets, TagCount
from index.messages import mark
from tagger.search.filters import MOST_CHOSEN, Choice
from tagger.vocabulary import Vocabulary
from tagger.web.components.templates import language, render
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import named
from tagger.web.i18n.translations import say

_FLAGS = {
    "described": (mark("Description"), {"yes": "described", "no": mark("no description")}),
    "tagged": ("Review", {"no": mark("needs review: no tags"), "yes": "tagged"}),
}


@dataclass(frozen=True)
class FacetButton:
    """A button that toggles a facet value. If it is not `offered`, it is disabled."""

    facet: str
    value: str
    label: str
    count: int
    pressed: bool
    offered: bool = True


@dataclass(frozen=True)
class FacetGroup:
    """A facet with its buttons."""

    title: str
    buttons: Sequence[FacetButton]


@dataclass(frozen=True)
class ChosenValue:
    """A chosen value with its label."""

    facet: str
    value: str
    label: str


def panel(facets: Facets, choice: Choice, vocabulary: Vocabulary) -> Markup:
    """Show every facet with its values and their counts. Chosen values are pressed buttons."""
    groups = [
        FacetGroup("Language", _language_buttons(facets.langs, choice.lang)),
        _flag_group("described", facets.described, choice.described),
        _flag_group("tagged", facets.tagged, choice.tagged),
        *(FacetGroup(title, tag_buttons(tags, choice, vocabulary)) for title, tags in _by_facet(facets.tags)),
    ]
    return render("catalogue/facets.html", groups=[group for group in groups if group.buttons])


def _language_buttons(langs: Mapping[str, int], chosen: str) -> list[FacetButton]:
    return [FacetButton("lang", lang, language(lang), count, chosen == lang) for lang, count in langs.items()]


def _flag_group(facet: str, counts: Mapping[bool, int], chosen: str) -> FacetGroup:
    title, labels = _FLAGS[facet]
    found = [(value, counts[flag]) for value, flag in (("yes", True), ("no", False)) if flag in counts]
    return FacetGroup(
        title, [FacetButton(facet, value, say(labels[value]), count, chosen == value) for value, count in found]
    )


def _by_facet(tags: Sequence[TagCount]) -> list[tuple[str, list[TagCount]]]:
    """Group tags by facet: known facets in their fixed order, then others by size, then tags without a facet."""
    groups: dict[str, list[TagCount]] = {}
    for each in tags:
        groups.setdefault(each.facet, []).append(each)
    known = {facet: place for place, facet in enumerate(names.FACETS)}
    ordered = sorted(
        groups.items(), key=lambda group: (not group[0], known.get(group[0], len(known)), -group[1][0].count)
    )
    return [(facet or "Tags", listed) for facet, listed in ordered]


def tag_buttons(tags: Sequence[TagCount], choice: Choice, vocabulary: Vocabulary) -> list[FacetButton]:
    """Return a button for each tag, labelled in both languages. Further tags are offered only below the limit."""
    room = len(choice.tags) < MOST_CHOSEN
    return [
        FacetButton("tag", each.tag, named(each.tag, vocabulary), each.count, pressed, offered=pressed or room)
        for each in tags
        for pressed in [each.tag in choice.tags]
    ]


def picked_tags(tags: Sequence[TagCount], choice: Choice, vocabulary: Vocabulary) -> Markup:
    """Show the tags found by name."""
    return render("catalogue/found_tags.html", buttons=tag_buttons(tags, choice, vocabulary))


def chosen_values(choice: Choice, vocabulary: Vocabulary) -> Markup:
    """Show the chosen values, each with a button that removes it."""
    flags = (("described", choice.described), ("tagged", choice.tagged))
    values = [ChosenValue("tag", tag, named(tag, vocabulary)) for tag in choice.tags]
    values += [ChosenValue("lang", choice.lang, language(choice.lang))] if choice.lang else []
    values += [ChosenValue(facet, value, say(_FLAGS[facet][1][value])) for facet, value in flags if value]
    return render("catalogue/chosen.html", values=values) if values else Markup()
