"""Event handlers of the catalogue tab. They never raise: an error becomes a line on the page."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from index.errors import BadInput, TagweaveError
from tagger.search.browse import Listing
from tagger.search.filters import Choice, clear, toggle
from tagger.web.catalogue import charts, facets
from tagger.web.catalogue import product as product_view
from tagger.web.components import panels
from tagger.web.components import product_cards as listing
from tagger.web.components.decision_rows import decision_history
from tagger.web.components.templates import render
from tagger.web.review.actions import decide
from tagger.web.service.requests import search_request
from tagger.web.service.service import Service

_MOST_PICKED = 40
_NO_NOTE = Markup()


@dataclass(frozen=True)
class CataloguePage:
    """The HTML parts of one page of products, and whether there is a page `before` and `after` it."""

    choice: Choice
    facets: str
    chosen: str
    products: str
    position: str
    before: bool
    after: bool


class CatalogueView:
    """Event handlers of the catalogue tab, independent of Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def browse(self, choice: Choice, *, as_table: bool = False) -> CataloguePage:
        """Show one page of the chosen products."""
        try:
            found = self._service.catalogue.browse(choice.query(), by_meaning=choice.by_meaning)
            if choice.offset and not found.page.products:
                # The list has become shorter: show its last page.
                choice = replace(choice, offset=max(0, found.page.total - 1) // choice.size * choice.size)
                found = self._service.catalogue.browse(choice.query(), by_meaning=choice.by_meaning)
            vocabulary = self._service.catalogue.vocabulary()
            products = (listing.table if as_table else listing.cards)(found, vocabulary)
            shown = facets.panel(found.facets, choice, vocabulary), facets.chosen_values(choice, vocabulary)
        except TagweaveError as error:
            found, products, shown = Listing(), panels.problem(error.message), (Markup(), Markup())
        position = listing.position(choice.offset, found.page)
        after = choice.offset + len(found.page.products) < found.page.total
        panel, chosen = map(str, shown)
        return CataloguePage(choice, panel, chosen, str(products), str(position), choice.offset > 0, after)

    def choose(self, choice: Choice, facet: str, value: str) -> Choice:
        """Return the choice after a click on a facet value; an empty `facet` clears the choice."""
        if not facet:
            return clear(choice)
        try:
            return toggle(choice, facet, value)
        except BadInput:
            return choice

    def pick_tags(self, text: str | None, choice: Choice) -> str:
        """Show the tags whose names contain the text."""
        if not (text or "").strip():
            return ""
        try:
            vocabulary = self._service.catalogue.vocabulary()
            return str(
                facets.picked_tags(self._service.catalogue.pick_tags(text or "", _MOST_PICKED), choice, vocabulary)
            )
        except TagweaveError as error:
            return str(panels.problem(error.message))

    def show_product(self, id: str) -> str:
        """Show one product with its tags and similar products."""
        try:
            catalogue = self._service.catalogue
            past = decision_history(self._service.decisions.history(id), catalogue.vocabulary())
            shown = catalogue.product(id)
            return str(product_view.product(shown, catalogue.vocabulary(), catalogue.tag_counts(), past))
        except TagweaveError as error:
            return str(panels.drawer(panels.problem(error.message)))

    def show_suggestions(self, id: str, note: Markup = _NO_NOTE) -> str:
        """Show one product with its suggestions, each with buttons to accept and reject it."""
        try:
            item, vocabulary = self._service.review.item(id), self._service.catalogue.vocabulary()
            return str(product_view.review_item(item, vocabulary, note))
        except TagweaveError as error:
            return str(panels.drawer(panels.problem(error.message)))

    def decide(self, said: Mapping[str, str], by: str | None) -> str:
        """Record or undo the decision that a button sends, and show the product."""
        return self.show_suggestions(said.get("id", ""), decide(self._service, said, by))

    def show_charts(self) -> str:
        """Show the charts of the whole catalogue."""
        catalogue = self._service.catalogue
        try:
            return str(charts.charts(catalogue.tag_counts(), catalogue.coverage(), catalogue.vocabulary()))
        except TagweaveError as error:
            return str(panels.problem(error.message))

    def show_headline(self) -> str:
        """Show the page's headline with the numbers of products and tags."""
        products, tags, problem = 0, 0, Markup()
        try:
            products = self._service.catalogue.search(search_request(limit=1)).total
            tags = len(self._service.catalogue.tag_counts())
        except TagweaveError as error:
            problem = panels.problem(error.message)
        return str(render("catalogue/header.html", products=products, tags=tags, problem=problem))
