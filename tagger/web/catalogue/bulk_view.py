"""Event handlers of the bulk edit form. They never raise: an error becomes a line on the page."""

from collections.abc import Mapping

from markupsafe import Markup

from index.errors import BadInput, TagweaveError
from tagger.feedback.bulk_decisions import BulkKind, Plan
from tagger.search.filters import Choice
from tagger.web.catalogue import bulk_edits
from tagger.web.components import panels
from tagger.web.service.requests import decision_number
from tagger.web.service.service import Service

_RECENT = 5


class BulkView:
    """Event handlers of the bulk edit form, independent of Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def preview(self, choice: Choice, kind: BulkKind, tag: str | None, by: str | None) -> str:
        """Show what would change, with a button that applies it."""
        try:
            return str(self._preview(self._plan(choice, kind, tag, by)))
        except TagweaveError as error:
            return str(panels.problem(error.message))

    def click(self, choice: Choice, kind: BulkKind, tag: str | None, by: str | None, said: Mapping[str, str]) -> str:
        """Apply the previewed edit, or undo one. If the list has changed since the preview, show a new preview."""
        try:
            if said.get("undo"):
                self._service.decisions.undo(decision_number(said["undo"]), by or "", together=True)
                return self.show_recent()
            plan = self._plan(choice, kind, tag, by)
            previewed = {"kind": plan.kind, "tag": plan.tag, "value": bulk_edits.fingerprint(plan)}
            if any(said.get(key) != value for key, value in previewed.items()):
                return str(self._preview(plan))
            made = self._service.decisions.decide_bulk(plan)
        except TagweaveError as error:
            return str(panels.problem(error.message))
        return str(bulk_edits.apply(len(made)) + self._recent())

    def show_recent(self) -> str:
        """Show the latest bulk edits, each with an undo button."""
        return str(self._recent())

    def _recent(self) -> Markup:
        try:
            batches = self._service.decisions.recent_bulk(_RECENT)
            vocabulary = self._service.catalogue.vocabulary()
        except TagweaveError as error:
            return panels.problem(error.message)
        return bulk_edits.recent(batches, vocabulary)

    def _plan(self, choice: Choice, kind: BulkKind, tag: str | None, by: str | None) -> Plan:
        if choice.by_meaning and choice.text.strip():
            raise BadInput("decision.bulk-semantic")
        return self._service.decisions.plan_bulk(choice.query(), kind, tag or "", by or "")

    def _preview(self, plan: Plan) -> Markup:
        return bulk_edits.preview(plan, self._service.catalogue.vocabulary())
