"""Record decisions on tags of products, one at a time or in bulk; list, export and undo them."""

from pathlib import Path
from typing import Any

from index.catalogue.decision import Batch, Decision, Kind
from index.catalogue.query import Query
from index.errors import BadInput
from tagger.feedback.bulk_decisions import BulkKind, Plan
from tagger.feedback.decisions import DecisionService, records_of
from tagger.web.service.requests import DecisionRequest, HistoryRequest, check_query


class DecisionFacade:
    """Record, list and undo decisions. Thread-safe."""

    def __init__(self, decisions: DecisionService) -> None:
        self._decisions = decisions

    def decide(self, request: DecisionRequest) -> Decision:
        """Record a decision on an id or a text, not both. Raises `BadInput` for both, neither or an unknown id."""
        if bool(request.product) == bool(request.title or request.description):
            raise BadInput("request.product-or-text")
        if request.product:
            return self.decide_on_product(request.product, request.kind, request.tag, request.by)
        text = self._decisions.text(request.title, request.description)
        return self._decisions.decide(request.kind, text, request.tag, request.by)

    def decide_on_product(self, id: str, kind: Kind, tag: str, by: str) -> Decision:
        """Record a decision on a catalogued product. Raises `BadInput` for an unknown id or kind or an empty tag."""
        return self._decisions.decide(kind, self._decisions.product(id), tag, by)

    def undo(self, number: int, by: str, *, together: bool = False) -> list[Decision]:
        """Undo a decision, alone or together with all others in force of the same batch."""
        return self._decisions.undo(number, by, together=together)

    def history(self, id: str) -> list[Decision]:
        """Return all decisions on a product, latest first."""
        return self._decisions.history(id)

    def page(self, request: HistoryRequest) -> dict[str, Any]:
        """Return one page of decisions as plain values, latest first, and their total number."""
        found = self._decisions.history(request.product) if request.product else self._decisions.all()[::-1]
        page = found[request.offset : request.offset + request.limit]
        return {"total": len(found), "decisions": records_of(page)}

    def export(self, name: str) -> Path:
        """Write all decisions to a file, which the caller deletes. Raises `BadInput` for an unknown file name."""
        return self._decisions.export(name)

    def plan_bulk(self, query: Query, kind: BulkKind, tag: str, by: str) -> Plan:
        """Plan a decision on every product of a query. Raises `BadInput` for too many products or an empty tag."""
        check_query(query)
        return self._decisions.plan(query, kind, tag, by)

    def decide_bulk(self, plan: Plan) -> list[Decision]:
        """Record the planned decisions as one batch, which can be undone as a whole."""
        return self._decisions.decide_all(plan)

    def recent_bulk(self, limit: int) -> list[Batch]:
        """Return the latest bulk decisions, latest first."""
        return self._decisions.batches(limit)
