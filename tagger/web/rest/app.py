"""Put the API under /v1 together: its routes, its errors, its schema and its page of documentation."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response

from index.errors import TagweaveError
from index.messages import Message
from index.version import __version__
from tagger.schema.tags import Problem
from tagger.web.http.entity_tags import EntityTags
from tagger.web.http.idempotency import Idempotency
from tagger.web.http.problems import PROBLEM, V1, headers_of, problem, status_of
from tagger.web.rest import decisions, jobs, products, store, tagging, tags
from tagger.web.rest.documentation import documentation
from tagger.web.rest.examples import with_examples
from tagger.web.service.requests import invalid_request
from tagger.web.service.service import Service

_WORTH_PACKING_BYTES = 1000
_DESCRIPTION = (
    "Tags products in Chinese and English. Every answer has the header `X-Request-Id`. A write with the header "
    "`Idempotency-Key` is done once, however often it is sent within a day. `?store=NAME` names a store."
)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {"model": Problem, "description": "What is wrong", "content": {PROBLEM: {}}}
}


def v1_app(service: Service, stores: Sequence[str] = ()) -> FastAPI:
    """Return the application that is mounted at /v1."""
    app = FastAPI(
        title="Tagweave",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        servers=[{"url": V1}],
        root_path_in_servers=False,
        responses=_PROBLEMS,
        redirect_slashes=False,
    )
    for router in (
        tagging.routes(service),
        products.routes(service),
        tags.routes(service),
        decisions.routes(service),
        jobs.routes(service),
        store.routes(service, stores),
    ):
        app.include_router(router)
    _add_documentation(app)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(TagweaveError, _refused)
    app.add_exception_handler(HTTPException, _unreadable)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(Idempotency)
    app.add_middleware(EntityTags)
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_PACKING_BYTES, compresslevel=5)
    return app


def schema_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI schema, with examples."""
    schema = with_examples(app.openapi())
    # FastAPI would document problems in the form of the answer.
    for path in schema["paths"].values():
        for operation in path.values():
            wrong = operation["responses"]["default"]
            wrong["content"] = {PROBLEM: next(each for each in wrong["content"].values() if each)}
            # Invalid requests are problems like any other.
            operation["responses"].pop("422", None)
    return schema


def _add_documentation(app: FastAPI) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        return schema_of(app)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(documentation(schema_of(app)))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem(422, invalid_request(error.errors()))


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return problem(404, Message("request.unknown-v1-path", path=request.url.path[:200]))
    return problem(error.status_code, Message(str(error.detail)), headers=error.headers)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, TagweaveError)
    return problem(status_of(error), error.message, error.code, headers_of(error))


async def _failed(request: Request, error: Exception) -> Response:
    return problem(500, Message("request.failed"))
