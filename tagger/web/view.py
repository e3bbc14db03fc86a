"""What the page's events do: ask the service, show the answer. Nothing raises; a mistake becomes a line on the page."""

from dataclasses import dataclass

from markupsafe import Markup

from index.errors import TagweaveError
from index.query import Page
from tagger.web import answer, listing
from tagger.web.inputs import search_request, suggest_request
from tagger.web.service import Service

_MOST_CHOICES = 200


@dataclass(frozen=True)
class Browsed:
    """What the catalogue shows: products, where in the list they are, and whether there are others."""

    cards: str
    position: str
    offset: int
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

    def browsed(
        self, text: str | None, tags: list[str] | None, lang: str, sort: str, size: int, offset: int
    ) -> Browsed:
        """Show one page of the products that were asked for."""
        # Nothing is relevant to no words: the newest come first then.
        order = "newest" if sort == "relevance" and not text else sort
        try:
            request = search_request(q=text or "", tag=tags or [], lang=lang, sort=order, limit=size, offset=offset)
            page = self._service.search(request)
            cards = listing.cards(page, self._service.vocabulary())
        except TagweaveError as error:
            page, cards = Page(), answer.problem(str(error))
        after = offset + len(page.products) < page.total
        return Browsed(str(cards), str(listing.position(offset, page)), offset, offset > 0, after)

    def tag_choices(self) -> list[tuple[str, str]]:
        """Return what the tag filter offers."""
        return listing.tag_choices(self._service.tag_counts(), self._service.vocabulary(), most=_MOST_CHOICES)

    def headline(self) -> str:
        """Say what this is, and how much is in the store."""
        return str(
            Markup(
                '<header class="tw-header"><h1>Tagweave</h1><p>商品标签，有理有据 · Product tags, with reasons</p>'
                '<p class="tw-facts"><span><b>{:,}</b> 件商品 products</span>'
                "<span><b>{:,}</b> 个标签 tags</span></p></header>"
            ).format(self._service.search(search_request(limit=1)).total, len(self._service.tag_counts()))
        )
