"""Event handlers of the review tab. They never raise: an error becomes a line on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from index.errors import TagweaveError
from index.messages import mark
from tagger.feedback.review_item import ReviewRow
from tagger.feedback.review_priority import ReviewPriority
from tagger.web.components import panels
from tagger.web.review.actions import accept_rest, decide
from tagger.web.review.product import render_product
from tagger.web.review.rendering import render_page, render_progress, render_tags_to_add
from tagger.web.service.service import Service

_MOST_PICKED = 12
_SOON = mark("Loading; please wait.")
_NOTHING = mark("Nothing left to review.")
_NO_NOTE = Markup()


@dataclass(frozen=True)
class Reviewing:
    """A reviewer's session: the products shown so far, the position of the current one, and the order of its tags.

    `turn` counts renderings, so that the browser notices an update.
    """

    shown: tuple[ReviewPriority, ...] = ()
    place: int = -1
    order: tuple[str, ...] = ()
    turn: int = 0

    @property
    def id(self) -> str:
        """The current product's id, or an empty string."""
        return self.shown[self.place].id if self.shown else ""


class ReviewView:
    """Event handlers of the review tab, independent of Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def open(self, at: Reviewing) -> tuple[Reviewing, str]:
        """Show the current product, or the first one if there is none yet."""
        return self._shown(at) if at.shown else self.move(at, 1)

    def move(self, at: Reviewing, by: int, note: Markup = _NO_NOTE) -> tuple[Reviewing, str]:
        """Go back to a product shown before, or on to a new one."""
        place = max(at.place + by, 0)
        if place >= len(at.shown):
            try:
                found = self._service.review.next({each.id for each in at.shown})
            except TagweaveError as error:
                return self._noted(at, note + panels.problem(error.message))
            if found is None:
                waiting = self._service.review.progress().goes_on
                return self._noted(at, note + panels.note(_SOON if waiting else _NOTHING))
            at = replace(at, shown=(*at.shown, found))
        return self._shown(replace(at, place=min(place, len(at.shown) - 1), order=()), note)

    def click(self, at: Reviewing, said: Mapping[str, str], by: str | None) -> tuple[Reviewing, str]:
        """Do what a button asks for: move, decide or undo."""
        if said.get("move"):
            return self.move(at, 1 if said["move"] == "1" else -1)
        if said.get("rest"):
            return self._shown(at, accept_rest(self._service, at.id, at.order, by))
        return self._shown(at, decide(self._service, said, by))

    def pick_tags(self, text: str | None, at: Reviewing) -> str:
        """Show buttons that add tags whose names contain the text, and one for the text itself if it is a new tag."""
        sought = " ".join((text or "").split())
        if not sought or not at.id:
            return ""
        try:
            vocabulary = self._service.catalogue.vocabulary()
            found = [each.tag for each in self._service.catalogue.pick_tags(sought, _MOST_PICKED)]
        except TagweaveError as error:
            return str(panels.problem(error.message))
        new_tag = "" if vocabulary.canonical(sought) in found else sought
        return str(render_tags_to_add(found, new_tag, at.id, vocabulary))

    def progress(self) -> tuple[str, bool]:
        """Return the queue's progress as HTML, and whether the work is still going on."""
        now = self._service.review.progress()
        if now.problem:
            return str(panels.problem(now.problem)), False
        return str(render_progress(now)), now.goes_on

    def _shown(self, at: Reviewing, note: Markup = _NO_NOTE) -> tuple[Reviewing, str]:
        if not at.id:
            # The server was restarted and has lost this session.
            return self.move(at, 1, note)
        try:
            item = self._service.review.item(at.id, at.order)
            vocabulary = self._service.catalogue.vocabulary()
        except TagweaveError as error:
            return self._noted(at, panels.problem(error.message))
        if not at.order:
            item = replace(item, rows=doubtful_first(item.rows))
        at = replace(at, order=tuple(row.result.tag for row in item.rows))
        return self._noted(at, note + render_product(item, at.shown[at.place], vocabulary))

    def _noted(self, at: Reviewing, shown: Markup) -> tuple[Reviewing, str]:
        at = replace(at, turn=at.turn + 1)
        return at, str(render_page(shown, at.place, at.turn))


def doubtful_first(rows: Sequence[ReviewRow]) -> list[ReviewRow]:
    """Put the rows first whose tag is the least certain to be right or wrong; equally certain ones stay in order."""
    return sorted(rows, key=lambda row: abs(row.result.probability - 0.5))
