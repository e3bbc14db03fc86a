"""Event handlers of the catalogue's map. They never raise: an error becomes a line on the page."""

from index.errors import TagweaveError
from tagger.web.catalogue.map_drawing import draw_map, facet_name
from tagger.web.components import panels
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import label
from tagger.web.service.service import Service


class MapView:
    """Event handlers of the catalogue's map, independent of Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def facets(self) -> list[tuple[str, str]]:
        """Return what the map can be coloured by, as (label, facet) pairs; known facets come first."""
        known = [*names.FACETS]
        try:
            found = self._service.catalogue.map_facets()
            found.sort(key=lambda facet: known.index(facet) if facet in known else len(known))
            return [(label(facet_name(facet)), facet) for facet in found]
        except TagweaveError:
            return []

    def draw(self, facet: str) -> str:
        """Draw the map, coloured by a facet."""
        try:
            chart = self._service.catalogue.chart(facet)
            return str(draw_map(chart, facet, self._service.catalogue.vocabulary()))
        except TagweaveError as error:
            return str(panels.problem(error.message))
