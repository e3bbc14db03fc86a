"""The REST API: plain JSON in and out, errors as {"error": one line, "code": its code}."""

import logging
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from index.errors import TagweaveError
from index.messages import Message, mark
from tagger.feedback.decisions import record_of, records_of
from tagger.feedback.tag_edits import change_record
from tagger.web.http.access import from_elsewhere
from tagger.web.http.problems import headers_of, mistake, status_of
from tagger.web.service.catalogue import page_record, similar_record
from tagger.web.service.limits import MOST_NUMBER, MOST_PRODUCTS, PRODUCTS
from tagger.web.service.requests import (
    DecisionRequest,
    ExplainRequest,
    HistoryRequest,
    RulesRequest,
    SearchRequest,
    SimilarRequest,
    SuggestRequest,
    TagChangeRequest,
    UndoRequest,
    invalid_request,
)
from tagger.web.service.service import Service

log = logging.getLogger(__name__)

_PATHS = (
    "POST /api/suggest, POST /api/explain, POST /api/similar, GET /api/search, GET /api/info, GET /api/stores, "
    "GET and POST /api/decisions, POST /api/decisions/NUMBER/undo, "
    "GET and POST /api/tags/changes, POST /api/tags/changes/NUMBER/undo, GET and POST /api/rules"
)
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
# Used if a request has no body.
_ANONYMOUS = UndoRequest()


class Mistake(BaseModel):
    """An error, in one line."""

    error: str
    code: str


def _refuse_other_sites(request: Request) -> None:
    """Refuse requests that another site's page makes a visitor's browser send. Programs send no origin and may pass."""
    if from_elsewhere(request.headers):
        raise HTTPException(403, mark("request.other-site"))


# For routes that change the store.
_OWN = [Depends(_refuse_other_sites)]

# The error format for every status. Without it, FastAPI would document its own format for invalid requests.
MISTAKES: dict[int | str, dict[str, Any]] = {"default": {"model": Mistake, "description": "What is wrong"}}


def add_routes(app: FastAPI, service: Service, stores: Sequence[str] = ()) -> None:
    """Add the routes and the error handlers. `stores` are the names of all stores of the server, the default first."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(TagweaveError, _refused)
    app.add_exception_handler(HTTPException, _unreadable)
    app.add_exception_handler(Exception, _failed)

    @app.post("/api/suggest", deprecated=True)
    def suggest(request: SuggestRequest) -> dict[str, Any]:
        """Suggest tags for one product, with the evidence."""
        return service.tagging.suggest(request).as_dict()

    @app.get("/api/search", deprecated=True)
    def search(request: Annotated[SearchRequest, Query()]) -> dict[str, Any]:
        """List products by words and tags."""
        return page_record(service.catalogue.search(request))

    @app.post("/api/explain", deprecated=True)
    def explain(request: ExplainRequest) -> dict[str, Any]:
        """Explain one tag of a product."""
        return service.tagging.explain(request)

    @app.post("/api/similar", deprecated=True)
    def similar(request: SimilarRequest) -> dict[str, Any]:
        """List products that are similar to another."""
        return similar_record(service.catalogue.similar(request))

    @app.get("/api/info", deprecated=True)
    def info() -> dict[str, Any]:
        """Describe the store's contents."""
        return service.catalogue.info()

    @app.get("/api/stores", deprecated=True)
    def list_stores() -> dict[str, Any]:
        """List the stores of this server; any request may name one as `?store=NAME`."""
        return {"stores": list(stores), "default": stores[0] if stores else ""}

    @app.post("/api/decisions", dependencies=_OWN, deprecated=True)
    def decide(request: DecisionRequest) -> dict[str, Any]:
        """Accept, reject, add or remove a tag of a product."""
        return record_of(service.decisions.decide(request))

    @app.get("/api/decisions", deprecated=True)
    def decisions(request: Annotated[HistoryRequest, Query()]) -> dict[str, Any]:
        """List decisions, latest first."""
        return service.decisions.page(request)

    @app.post("/api/decisions/{number}/undo", dependencies=_OWN, deprecated=True)
    def undo(number: Annotated[int, Path(ge=1, le=MOST_NUMBER)], request: UndoRequest = _ANONYMOUS) -> dict[str, Any]:
        """Undo a decision, alone or together with the others of the same batch."""
        return {"undone": records_of(service.decisions.undo(number, request.by, together=request.together))}

    @app.post("/api/tags/changes", dependencies=_OWN, deprecated=True)
    def change_tag(request: TagChangeRequest) -> dict[str, Any]:
        """Rename, label, merge or delete a tag, or add or remove an alias."""
        return change_record(service.tags.change(request.change()))

    @app.get("/api/tags/changes", deprecated=True)
    def tag_changes(limit: Annotated[int, Query(ge=1, le=MOST_PRODUCTS)] = PRODUCTS) -> dict[str, Any]:
        """List changes of tags, latest first."""
        return {"changes": [change_record(each) for each in service.tags.latest(limit)]}

    @app.post("/api/tags/changes/{number}/undo", dependencies=_OWN, deprecated=True)
    def undo_change(
        number: Annotated[int, Path(ge=1, le=MOST_NUMBER)], request: UndoRequest = _ANONYMOUS
    ) -> dict[str, Any]:
        """Undo a change of a tag. The other changes stay in force."""
        return change_record(service.tags.undo(number, request.by))

    @app.get("/api/rules", deprecated=True)
    def rules() -> dict[str, Any]:
        """Show the rules for tags."""
        return service.rules.current()

    @app.post("/api/rules", dependencies=_OWN, deprecated=True)
    def change_rules(request: RulesRequest) -> dict[str, Any]:
        """Change rules for tags; those that are not named stay."""
        return service.rules.change(request.model_dump(exclude_unset=True))

    @app.get("/api/decisions/{name}", include_in_schema=False)
    def exported(name: str) -> FileResponse:
        path = service.decisions.export(name)
        gone = BackgroundTask(path.unlink, missing_ok=True)
        return FileResponse(path, media_type="application/octet-stream", filename=name, background=gone)

    @app.get("/api/batches/{token}/{name}", include_in_schema=False)
    def result(token: str, name: str) -> FileResponse:
        path = service.files.result(token, name)
        return FileResponse(path, media_type="application/octet-stream", filename=f"{token[:6]}-{name}")

    # Without this route, the page would answer, because it is mounted at the root.
    @app.api_route("/api/{rest:path}", methods=_METHODS, include_in_schema=False)
    def unknown(request: Request, rest: str) -> JSONResponse:
        return mistake(404, Message("request.unknown-path", available=_PATHS))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return mistake(422, invalid_request(error.errors()))


async def _unreadable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return mistake(error.status_code, Message(str(error.detail)))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TagweaveError)
    return mistake(status_of(error), error.message, error.code, headers_of(error))


async def _failed(request: Request, error: Exception) -> JSONResponse:
    return mistake(500, Message("request.failed"))
