"""Show the map of the catalogue as a drawing whose points open products, and what its colours mean."""

from collections.abc import Callable

from markupsafe import Markup

from index.errors import TagweaveError
from tagger.search.embedding_map import LANGUAGE, Chart, Point
from tagger.vocabulary import Vocabulary
from tagger.web.components import panels
from tagger.web.components.punctuation import typeset
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import named
from tagger.web.i18n.translations import hint, label, say
from tagger.web.service.service import Service

_WIDTH, _HEIGHT, _MARGIN = 100, 64, 1.5
_RADIUS = 0.55
_LONGEST_TITLE = 80
_NOTHING = Markup('<div class="tw-note"><p>{}</p></div>').format(say("No product has a vector yet."))


class MapView:
    """The events of the catalogue's map, without Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def facets(self) -> list[tuple[str, str]]:
        """Return what the map can be coloured by, each with what it is called; known facets come first."""
        known = [*names.FACETS]
        try:
            found = self._service.catalogue.map_facets()
            found.sort(key=lambda facet: known.index(facet) if facet in known else len(known))
            return [(label(_called(facet)), facet) for facet in found]
        except TagweaveError:
            return []

    def shown(self, facet: str) -> str:
        """Draw the map, coloured by a facet."""
        try:
            chart = self._service.catalogue.chart(facet)
            return str(_map(chart, facet, self._service.catalogue.vocabulary()) if chart.points else _NOTHING)
        except TagweaveError as error:
            return str(panels.problem(str(error)))


def _called(facet: str) -> str:
    if facet == LANGUAGE:
        return "language"
    return facet or "Tags"


def _map(chart: Chart, facet: str, vocabulary: Vocabulary) -> Markup:
    legend = [(_value(value, facet, vocabulary, say), count) for value, count in chart.groups]
    said = "; ".join(f"{_value(value, facet, vocabulary, hint)}: {count:,}" for value, count in chart.groups)
    points = Markup("").join(_point(each) for each in sorted(chart.points, key=lambda each: each.group is not None))
    return Markup(
        '<figure class="tw-map"><svg viewBox="0 0 {} {}" role="img" aria-label="{}: {}. {}">{}</svg>'
        "<figcaption>{}{}</figcaption></figure>"
    ).format(
        _WIDTH,
        _HEIGHT,
        hint("Map of the catalogue"),
        hint(_called(facet)),
        said,
        points,
        _legend(chart, legend),
        _about(chart),
    )


def _value(value: str, facet: str, vocabulary: Vocabulary, worded: Callable[[str], str]) -> str:
    """Name a language in the page's words, a tag by its own names."""
    return worded(names.LANGUAGES.get(value, value)) if facet == LANGUAGE else named(value, vocabulary)


def _point(each: Point) -> Markup:
    product = each.product
    title = typeset((product.title or product.description)[:_LONGEST_TITLE], product.lang)
    return Markup(
        '<circle class="tw-group-{}" cx="{:.1f}" cy="{:.1f}" r="{}" data-open="{}"><title>{}</title></circle>'
    ).format(
        "none" if each.group is None else each.group,
        _MARGIN + each.x * (_WIDTH - 2 * _MARGIN),
        _HEIGHT - _MARGIN - each.y * (_HEIGHT - 2 * _MARGIN),
        _RADIUS,
        product.id,
        title,
    )


def _legend(chart: Chart, legend: list[tuple[str, int]]) -> Markup:
    row = Markup(
        '<li><svg viewBox="0 0 2 2" aria-hidden="true"><circle class="tw-group-{}" cx="1" cy="1" r="1"></circle></svg>'
        '<span dir="auto">{}</span> <output>{:,}</output></li>'
    )
    rows = [row.format(number, *each) for number, each in enumerate(legend)]
    rest = ((say("other"), chart.others), (say("none"), chart.without))
    rows += [row.format("none", *each) for each in rest if each[1]]
    return Markup('<ul aria-label="{}">{}</ul>').format(hint("Legend"), Markup("").join(rows))


def _about(chart: Chart) -> Markup:
    sample = say("sample") + ": " if len(chart.points) < chart.total else ""
    drawn = Markup("<p>{}<b>{:,}</b> / {:,} {}</p>")
    axes = Markup("<p>{}: <b>{:.0%}</b></p>")
    return drawn.format(sample, len(chart.points), chart.total, say("products")) + axes.format(
        say("The first two principal components, of the variance"), chart.explained
    )
