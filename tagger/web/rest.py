"""The REST API: plain JSON in and out, errors as {"error": one line}."""

import logging
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from starlette.exceptions import HTTPException

from index.errors import BadInput, StoreLocked, TagweaveError
from tagger.web.inputs import SearchRequest, SuggestRequest, first_line
from tagger.web.service import Busy, Service, listed

log = logging.getLogger(__name__)

_PATHS = "POST /api/suggest, GET /api/search, GET /api/info"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
# What is wrong with the store rather than with the request is a conflict.
_STATUS: dict[type[TagweaveError], int] = {BadInput: 400, StoreLocked: 423, Busy: 429}
_CONFLICT = 409


def add_routes(app: FastAPI, service: Service) -> None:
    """Add the routes and the answers to errors."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(TagweaveError, _refused)
    app.add_exception_handler(HTTPException, _unreadable)
    app.add_exception_handler(Exception, _failed)

    @app.post("/api/suggest")
    def suggest(request: SuggestRequest) -> dict[str, Any]:
        """Suggest tags for one product, with the evidence."""
        return service.suggest(request).as_dict()

    @app.get("/api/search")
    def search(request: Annotated[SearchRequest, Query()]) -> dict[str, Any]:
        """List products by words and tags."""
        return listed(service.search(request))

    @app.get("/api/info")
    def info() -> dict[str, Any]:
        """Say what the store holds."""
        return service.info()

    @app.get("/api/batches/{token}/{name}", include_in_schema=False)
    def result(token: str, name: str) -> FileResponse:
        path = service.batches.result(token, name)
        return FileResponse(path, media_type="application/octet-stream", filename=f"{token[:6]}-{name}")

    # Without it the page, which is mounted at the root, would answer.
    @app.api_route("/api/{rest:path}", methods=_METHODS, include_in_schema=False)
    def unknown(request: Request, rest: str) -> JSONResponse:
        return _answer(404, f"no such request; there are: {_PATHS}")


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return _answer(422, first_line(error.errors()))


async def _unreadable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _answer(error.status_code, str(error.detail))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    return _answer(next((status for kind, status in _STATUS.items() if isinstance(error, kind)), _CONFLICT), str(error))


async def _failed(request: Request, error: Exception) -> JSONResponse:
    return _answer(500, "something went wrong on our side; the server's log says what")


def _answer(status: int, line: str) -> JSONResponse:
    return JSONResponse({"error": " ".join(line.split())}, status)
