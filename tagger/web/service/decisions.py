"""Decide on tags of products: one at a time or all of a list at once; list, export and undo decisions."""

from pathlib import Path
from typing import Any

from index.catalogue.decision import Batch, Decision, Kind
from index.catalogue.query import Query
from index.errors import BadInput
from tagger.feedback.bulk_decisions import BulkKind, Plan
from tagger.feedback.decisions import DecisionService, records_of
from tagger.web.service.requests import DecisionRequest, HistoryRequest, check_query


class DecisionFacade:
    """Takes decisions in; safe to call from several threads."""

    def __init__(self, decisions: DecisionService) -> None:
        self._decisions = decisions

    def decide(self, request: DecisionRequest) -> Decision:
        """Record a decision; raises `BadInput` for an unknown product, or where both or neither are given."""
        if bool(request.product) == bool(request.title or request.description):
            raise BadInput("give either product, or title and description")
        if request.product:
            return self.decide_on_product(request.product, request.kind, request.tag, request.by)
        text = self._decisions.text(request.title, request.description)
        return self._decisions.decide(request.kind, text, request.tag, request.by)

    def decide_on_product(self, id: str, kind: Kind, tag: str, by: str) -> Decision:
        """Record a decision on a product of the catalogue; raises `BadInput` for an unknown id, kind or no tag."""
        return self._decisions.decide(kind, self._decisions.product(id), tag, by)

    def undo(self, number: int, by: str, *, together: bool = False) -> list[Decision]:
        """Take a decision back, alone or together with all in force that were made as one with it."""
        return self._decisions.undo(number, by, together=together)

    def history(self, id: str) -> list[Decision]:
        """Return all decisions on a product, the latest first."""
        return self._decisions.history(id)

    def page(self, request: HistoryRequest) -> dict[str, Any]:
        """List decisions as plain values, the latest first, with how many there are."""
        found = self._decisions.history(request.product) if request.product else self._decisions.all()[::-1]
        page = found[request.offset : request.offset + request.limit]
        return {"total": len(found), "decisions": records_of(page)}

    def export(self, name: str) -> Path:
        """Write all decisions into a file, which is the caller's to delete; raises `BadInput` for another kind."""
        return self._decisions.export(name)

    def plan_bulk(self, query: Query, kind: BulkKind, tag: str, by: str) -> Plan:
        """Find what would be decided for all products of a query; raises `BadInput` for too many, or an empty tag."""
        check_query(query)
        return self._decisions.plan(query, kind, tag, by)

    def decide_bulk(self, plan: Plan) -> list[Decision]:
        """Record what was planned as one batch, which is undone as one."""
        return self._decisions.decide_all(plan)

    def recent_bulk(self, limit: int) -> list[Batch]:
        """Return what was last decided for several products at once, the latest first."""
        return self._decisions.batches(limit)
