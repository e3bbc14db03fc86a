"""Event handlers of the catalogue tab. They never raise: an error becomes a line on the page."""

import json
from collections.abc import Mapping, Sequence
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
from tagger.web.service.service import Service

_MOST_PICKED = 40
_LONGEST_ORDER = 20_000
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

    def __init__(self, service: Service, store: str = "") -> None:
        self._service = service
        self._store = store

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

    def show_suggestions(self, id: str, note: Markup = _NO_NOTE, order: Sequence[str] = ()) -> str:
        """Show one product with its suggestions, each with buttons to accept and reject it.

        The tags in `order` come first: a decision leaves all rows where they were.
        """
        try:
            item, vocabulary = self._service.review.item(id, order), self._service.catalogue.vocabulary()
            return str(product_view.review_item(item, vocabulary, note))
        except TagweaveError as error:
            return str(panels.drawer(panels.problem(error.message)))

    def decide(self, said: Mapping[str, str], by: str | None) -> str:
        """Record or undo the decision that a button sends, and show the product."""
        return self.show_suggestions(said.get("id", ""), decide(self._service, said, by), _order(said.get("order", "")))

    def show_charts(self) -> str:
        """Show the charts of the whole catalogue."""
        catalogue = self._service.catalogue
        try:
            return str(charts.charts(catalogue.tag_counts(), catalogue.coverage(), catalogue.vocabulary()))
        except TagweaveError as error:
            return str(panels.problem(error.message))

    def show_headline(self) -> str:
        """Show what the page does, which store this is, what it knows, and how good its tags are."""
        catalogue, tags, coverage, f1, problem = self._service.catalogue, 0, [], None, Markup()
        try:
            tags, coverage, f1 = len(catalogue.tag_counts()), catalogue.coverage(), self._service.quality.f1()
            tags = tags or len(catalogue.vocabulary().tags)
        except TagweaveError as error:
            problem = panels.problem(error.message)
        products = sum(each.products for each in coverage)
        shown = {"store": self._store, "products": products, "tags": tags, "f1": f1, "problem": problem}
        return str(render("catalogue/header.html", languages=[each.lang for each in coverage], **shown))


def _order(sent: str) -> list[str]:
    """Return the tags of a drawer in the order that the browser sent, or an empty list."""
    try:
        tags = json.loads(sent) if len(sent) <= _LONGEST_ORDER else []
    except json.JSONDecodeError:
        return []
    return [each for each in tags if isinstance(each, str)] if isinstance(tags, list) else []
