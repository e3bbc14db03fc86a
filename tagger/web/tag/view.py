"""Event handlers of the Tag tab. An error becomes a line on the page."""

import re
from collections.abc import Sequence

from markupsafe import Markup

from index.catalogue.query import Page
from index.errors import TagweaveError
from tagger.demo.examples import Example
from tagger.search.browse import Listing
from tagger.web.components import panels
from tagger.web.components import product_cards as listing
from tagger.web.components.templates import render
from tagger.web.service.requests import suggest_request
from tagger.web.service.service import Service
from tagger.web.service.tagging import Tagged
from tagger.web.tag import answer

_NO_NOTE = Markup()
_ADDRESS = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)


class TagTabView:
    """Event handlers of the Tag tab, independent of Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def taggers(self) -> list[str]:
        """Return the names of the store's taggers, or an empty list if it is not fitted or cannot be read."""
        try:
            return self._service.tagging.taggers()
        except TagweaveError:
            return []

    def examples(self) -> list[Example]:
        """Return texts that visitors may try, or an empty list if the store cannot be read."""
        try:
            return self._service.catalogue.examples()
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
        """Show the tags of a typed text: a title with a description on the lines below, or the HTML source of a page.

        A `threshold` of 0 means the store's own. With no `taggers`, all are used. `offered` names the taggers that the
        page could choose from; a tagger added since then is used too.
        """
        text = (text or "").strip()
        if not text:
            return str(answer.prompt())
        if _ADDRESS.fullmatch(text):
            return str(render("tag/address.html"))
        try:
            there = [name for name in self._service.tagging.taggers() if name in (offered or "").split(",")]
            off = [name for name in there if taggers and name not in taggers]
            request = suggest_request(
                text=text, limit=limit, threshold=threshold or None, diversity=diversity, without=off
            )
            tagged = self._service.tagging.suggest(request)
            # An example opens the reasons of its first tag.
            shown = any(each.text.strip() == text for each in self.examples())
            return str(answer.answer(tagged, self._near(tagged), open_first=shown))
        except TagweaveError as error:
            return str(panels.problem(error.message))

    def _near(self, tagged: Tagged) -> Markup:
        near = answer.voters(tagged)
        products = self._service.catalogue.products(list(near))
        shown = Listing(Page(products, len(products)), similarities=near)
        return listing.cards(shown, self._service.catalogue.vocabulary(), opens=False) if products else _NO_NOTE
