"""Record or undo a decision that a button of the page sends."""

from collections.abc import Mapping

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
