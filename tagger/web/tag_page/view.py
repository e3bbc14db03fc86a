"""Event handlers of a tag's page. They never raise: an error becomes a line on the page."""

from collections.abc import Mapping

from markupsafe import Markup

from index.catalogue.tag_edit import EditKind, TagChange
from index.errors import TagweaveError
from index.messages import mark
from tagger.feedback.tag_edits import TagPlan
from tagger.vocabulary import Vocabulary
from tagger.web.components import panels
from tagger.web.components.panels import drawer
from tagger.web.components.templates import render
from tagger.web.service.requests import decision_number
from tagger.web.service.service import Service
from tagger.web.tag_page.form import plan_size, render_form, render_plan
from tagger.web.tag_page.history import render_changes
from tagger.web.tag_page.merge_list import render_merges, render_tidy_panel
from tagger.web.tag_page.page import render_tag

_SHOWN = 12
_LATEST = 20
_MOST_MERGES = 50
_NO_NOTE = Markup()


class TagView:
    """Event handlers of a tag's page, independent of Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def open(self, tag: str, note: Markup = _NO_NOTE, typed: str | None = None) -> str:
        """Show a tag, given by any of its names. `typed` is a refused input: the form is open with it."""
        try:
            page = self._service.tags.page(tag, _SHOWN)
            shown = render_tag(page, render_form(page.entry, typed))
        except TagweaveError as error:
            shown = panels.problem(error.message)
        return str(drawer(note + shown, "Tag page"))

    def plan(self, said: Mapping[str, str], by: str | None) -> str:
        """Show what a change would do, with a button that applies it, above the tag's page."""
        tag = said.get("tag", "")
        try:
            return self.open(tag, render_plan(self._plan_change(said, said.get("plan", ""), by)))
        except TagweaveError as error:
            return self.open(tag, panels.problem(error.message), said.get("value", ""))

    def change(self, said: Mapping[str, str], by: str | None) -> str:
        """Apply the previewed change. If the affected products have changed since the preview, show a new preview."""
        tag = said.get("tag", "")
        try:
            plan = self._plan_change(said, said.get("edit", ""), by)
            if said.get("size") != plan_size(plan):
                return self.open(tag, render_plan(plan))
            made = self._service.tags.apply(plan)
        except TagweaveError as error:
            return self.open(tag, panels.problem(error.message))
        return self.open(made.tag, render("tag_page/done.html", text=mark("Changed.")))

    def undo(self, said: Mapping[str, str], by: str | None) -> str:
        """Undo a change, and show its tag."""
        try:
            undone = self._service.tags.undo(decision_number(said.get("unedit", "")), by or "")
        except TagweaveError as error:
            return self.open(said.get("tag", ""), panels.problem(error.message))
        return self.open(undone.tag, render("tag_page/done.html", text=mark("Undone.")))

    def tidy(self) -> str:
        """Show likely duplicates among tags, and the latest changes of any tag."""
        try:
            vocabulary = self._service.catalogue.vocabulary()
            latest = render_changes(self._service.tags.latest(_LATEST))
        except TagweaveError as error:
            return str(panels.problem(error.message))
        return str(render_tidy_panel(self._merges(vocabulary), latest))

    def tidy_again(self) -> str | None:
        """Show the same after a change, or return None if nobody has opened it yet."""
        return self.tidy() if self._service.tags.merges_sought() else None

    def _merges(self, vocabulary: Vocabulary) -> Markup:
        try:
            return render_merges(self._service.tags.merges()[:_MOST_MERGES], vocabulary)
        except TagweaveError as error:
            return panels.problem(error.message)

    def _plan_change(self, said: Mapping[str, str], kind: str, by: str | None) -> TagPlan:
        known: EditKind = kind  # type: ignore[assignment]
        change = TagChange(known, said.get("tag", ""), said.get("value", ""), said.get("lang", ""), by or "")
        return self._service.tags.plan(change)
