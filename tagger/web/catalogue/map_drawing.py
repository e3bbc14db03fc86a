"""Draw the map of the catalogue and its legend. A click on a point opens the product."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tagger.search.embedding_map import LANGUAGE, Chart, Point
from tagger.vocabulary import Vocabulary
from tagger.web.components.panels import note
from tagger.web.components.punctuation import typeset
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import all_names, named
from tagger.web.i18n.translations import hint, say

_WIDTH, _HEIGHT, _MARGIN = 100, 64, 1.5
_LONGEST_TITLE = 80


@dataclass(frozen=True)
class Dot:
    """A product's point in drawing units, in the colour of its group."""

    group: str
    x: float
    y: float
    product: str
    title: str


@dataclass(frozen=True)
class LegendEntry:
    """The name of a colour group and the number of its products."""

    group: str
    name: str
    count: int


def draw_map(chart: Chart, facet: str, vocabulary: Vocabulary) -> Markup:
    """Draw the map. Points without a colour lie below the coloured ones."""
    if not chart.points:
        return note("No product has a vector yet.")
    return render(
        "catalogue/map.html",
        chart=chart,
        facet=facet_name(facet),
        width=_WIDTH,
        height=_HEIGHT,
        description=_description(chart, facet, vocabulary),
        dots=[_dot(each) for each in sorted(chart.points, key=lambda each: each.group is not None)],
        legend=_legend(chart, facet, vocabulary),
    )


def facet_name(facet: str) -> str:
    """Return the page text that names what the map is coloured by."""
    if facet == LANGUAGE:
        return "language"
    return facet or "Tags"


def _description(chart: Chart, facet: str, vocabulary: Vocabulary) -> str:
    if facet == LANGUAGE:
        return "; ".join(f"{hint(names.LANGUAGES.get(value, value))}: {count:,}" for value, count in chart.groups)
    return "; ".join(f"{all_names(value, vocabulary)}: {count:,}" for value, count in chart.groups)


def _value(value: str, facet: str, vocabulary: Vocabulary) -> Markup:
    """Return the display name of a language or a tag."""
    return say(names.LANGUAGES.get(value, value)) if facet == LANGUAGE else named(value, vocabulary)


def _dot(point: Point) -> Dot:
    product = point.product
    return Dot(
        "none" if point.group is None else str(point.group),
        _MARGIN + point.x * (_WIDTH - 2 * _MARGIN),
        _HEIGHT - _MARGIN - point.y * (_HEIGHT - 2 * _MARGIN),
        product.id,
        typeset((product.title or product.description)[:_LONGEST_TITLE], product.lang),
    )


def _legend(chart: Chart, facet: str, vocabulary: Vocabulary) -> Sequence[LegendEntry]:
    entries = [
        LegendEntry(str(group), _value(value, facet, vocabulary), count)
        for group, (value, count) in enumerate(chart.groups)
    ]
    rest = [("other", chart.others), ("none", chart.without)]
    return [*entries, *(LegendEntry("none", say(word), count) for word, count in rest if count)]
