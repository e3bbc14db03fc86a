"""Requests about people's decisions."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from tagger.feedback.decisions import record_of, records_of
from tagger.schema import catalogue as schema
from tagger.web.rest.answering import named, reply
from tagger.web.rest.bodies import DecisionQuery
from tagger.web.rest.cursors import make_cursor, read_cursor
from tagger.web.rest.tags import Number
from tagger.web.service.requests import DecisionRequest, HistoryRequest, UndoRequest
from tagger.web.service.service import Service

_ANONYMOUS = UndoRequest()


def routes(service: Service) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["decisions"])

    @router.get("/decisions", response_model=schema.DecisionPage)
    def decisions(asked: Annotated[DecisionQuery, Query()]) -> Response:
        """List decisions, latest first."""
        begin = read_cursor(asked.cursor, asked.product) if asked.cursor else 0
        page = service.decisions.page(HistoryRequest(product=asked.product, limit=asked.limit, offset=begin))
        seen = begin + len(page["decisions"])
        following = make_cursor(seen, asked.product) if page["decisions"] and seen < page["total"] else None
        return reply(schema.DecisionPage.model_validate({**page, "next": following}))

    @router.post("/decisions", response_model=schema.Decision, status_code=201)
    def decide(body: DecisionRequest, request: Request) -> Response:
        """Accept, reject, add or remove a tag of a product; it shows in the next suggestion."""
        return reply(schema.Decision.model_validate(record_of(service.decisions.decide(named(body, request)))), 201)

    @router.post("/decisions/{number}/undo", response_model=schema.Undone)
    def undo(number: Number, request: Request, body: UndoRequest = _ANONYMOUS) -> Response:
        """Undo a decision, alone or together with the others of the same batch."""
        by = named(body, request).by
        undone = records_of(service.decisions.undo(number, by, together=body.together))
        return reply(schema.Undone.model_validate({"undone": undone}))

    return router
