"""What the events of the tab Tag do: ask the service, show the answer. A mistake becomes a line on the page."""

from collections.abc import Sequence

from markupsafe import Markup

from index.catalogue.query import Page
from index.errors import TagweaveError
from tagger.search.browse import Listing
from tagger.web.components import panels
from tagger.web.components import product_cards as listing
from tagger.web.service.requests import suggest_request
from tagger.web.service.service import Service
from tagger.web.service.tagging import Tagged
from tagger.web.tag import answer

_NO_NOTE = Markup()


class TagTabView:
    """The events of the tab, without Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def taggers(self) -> list[str]:
        """Return the names of the store's taggers; none before it is fitted, or where it cannot be read."""
        try:
            return self._service.tagging.taggers()
        except TagweaveError:
            return []

    def suggest_tags(
        self,
        text: str | None,
        limit: int,
        threshold: float = 0.0,
        diversity: float = 0.0,
        taggers: Sequence[str] = (),
        offered: str | None = "",
    ) -> str:
        """Show the tags of what was typed: a title and a description in the lines after it, or the source of a page.

        A `threshold` of 0 is the store's own; where no tagger is named, all are asked. `offered` names those that there
        was to choose from: others have come since, and are asked too.
        """
        text = (text or "").strip()
        if not text:
            return str(answer.prompt())
        try:
            there = [name for name in self._service.tagging.taggers() if name in (offered or "").split(",")]
            off = [name for name in there if taggers and name not in taggers]
            request = suggest_request(
                text=text, limit=limit, threshold=threshold or None, diversity=diversity, without=off
            )
            tagged = self._service.tagging.suggest(request)
            return str(answer.answer(tagged, self._near(tagged)))
        except TagweaveError as error:
            return str(panels.problem(str(error)))

    def _near(self, tagged: Tagged) -> Markup:
        near = answer.voters(tagged)
        products = self._service.catalogue.products(list(near))
        shown = Listing(Page(products, len(products)), similarities=near)
        return listing.cards(shown, self._service.catalogue.vocabulary(), opens=False) if products else _NO_NOTE
