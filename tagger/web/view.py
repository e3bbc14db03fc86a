"""What the page's events do: ask the service, show the answer. Nothing raises; a mistake becomes a line on the page."""

from dataclasses import dataclass

from markupsafe import Markup

from index.errors import BadInput, TagweaveError
from tagger.browsing import Listing
from tagger.choosing import Choice, cleared, toggled
from tagger.web import answer, charts, facets, listing, product_view
from tagger.web.inputs import search_request, suggest_request
from tagger.web.service import Service

_MOST_PICKED = 40


@dataclass(frozen=True)
class Browsed:
    """What the catalogue shows: facets, what is chosen, products, where they are, and whether there are others."""

    facets: str
    chosen: str
    products: str
    position: str
    before: bool
    after: bool


class View:
    """The events of the page, without Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def tagged(self, text: str | None, limit: int) -> str:
        """Show the tags of what was typed: a title, and a description in the lines after it."""
        title, _, description = (text or "").strip().partition("\n")
        if not title:
            return str(answer.HINT)
        try:
            request = suggest_request(title=title, description=description, limit=limit)
            return str(answer.answer(self._service.suggest(request)))
        except TagweaveError as error:
            return str(answer.problem(str(error)))

    def browsed(self, choice: Choice, *, as_table: bool = False) -> Browsed:
        """Show one page of the products that are chosen."""
        try:
            found = self._service.browse(choice.query(), by_meaning=choice.by_meaning)
            vocabulary = self._service.browser.vocabulary()
            products = (listing.table if as_table else listing.cards)(found, vocabulary)
            shown = facets.panel(found.facets, choice, vocabulary), facets.chosen(choice, vocabulary)
        except TagweaveError as error:
            found, products, shown = Listing(), answer.problem(str(error)), (Markup(""), Markup(""))
        position = listing.position(choice.offset, found.page)
        after = choice.offset + len(found.page.products) < found.page.total
        return Browsed(str(shown[0]), str(shown[1]), str(products), str(position), choice.offset > 0, after)

    def chosen(self, choice: Choice, facet: str, value: str) -> Choice:
        """Return the choice after a click on a value; a click on none clears it."""
        if not facet:
            return cleared(choice)
        try:
            return toggled(choice, facet, value)
        except BadInput:
            return choice

    def picked(self, text: str | None, choice: Choice) -> str:
        """Show the tags with a name that holds the text."""
        if not (text or "").strip():
            return ""
        try:
            vocabulary = self._service.browser.vocabulary()
            return str(facets.picked(self._service.browser.pick(text or "", _MOST_PICKED), choice, vocabulary))
        except TagweaveError as error:
            return str(answer.problem(str(error)))

    def product(self, id: str) -> str:
        """Show one product with its tags and similar ones."""
        try:
            browser = self._service.browser
            return str(product_view.product(browser.show(id), browser.vocabulary(), browser.tag_counts()))
        except TagweaveError as error:
            return str(product_view.drawer(answer.problem(str(error))))

    def charts(self) -> str:
        """Show the charts of the whole catalogue."""
        browser = self._service.browser
        try:
            return str(charts.charts(browser.tag_counts(), browser.coverage(), browser.vocabulary()))
        except TagweaveError as error:
            return str(answer.problem(str(error)))

    def headline(self) -> str:
        """Say what this is, and how much is in the store."""
        return str(
            Markup(
                '<header class="tw-header"><h1>Tagweave</h1><p>商品标签，有理有据 · Product tags, with reasons</p>'
                '<p class="tw-facts"><span><b>{:,}</b> 件商品 products</span>'
                "<span><b>{:,}</b> 个标签 tags</span></p></header>"
            ).format(self._service.search(search_request(limit=1)).total, len(self._service.browser.tag_counts()))
        )
