"""Record or undo decisions that a button of the page asks for."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from index.catalogue.decision import Kind
from index.errors import TagweaveError
from tagger.web.components import panels
from tagger.web.service.requests import decision_number
from tagger.web.service.service import Service


def decide(service: Service, said: Mapping[str, str], by: str | None) -> Markup:
    """Record or undo a decision. Return an error as HTML, or nothing."""
    try:
        if said.get("undo"):
            service.decisions.undo(decision_number(said["undo"]), by or "")
        elif said.get("kind"):
            kind: Kind = said["kind"]  # type: ignore[assignment]
            service.decisions.decide_on_product(said.get("id", ""), kind, said.get("tag", ""), by or "")
    except TagweaveError as error:
        return panels.problem(error.message)
    return Markup()


def accept_rest(service: Service, id: str, order: Sequence[str], by: str | None) -> Markup:
    """Accept all tags of a product that are accepted or stored and not yet decided. Return an error or nothing."""
    try:
        for row in service.review.item(id, order).rows:
            if row.decision is None and (row.result.accepted or row.stored):
                service.decisions.decide_on_product(id, "accept", row.result.tag, by or "")
    except TagweaveError as error:
        return panels.problem(error.message)
    return Markup()
