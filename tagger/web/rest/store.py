"""Requests about the store and the server."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import Response

from index.version import __version__
from tagger.schema import catalogue as schema
from tagger.web.rest.answering import reply
from tagger.web.service.service import Service


def routes(service: Service, stores: Sequence[str]) -> APIRouter:
    """Return the routes; `stores` are the names of all stores of the server, the default first."""
    router = APIRouter(tags=["store"])

    @router.get("/info", response_model=schema.StoreInfo)
    def info() -> Response:
        """Describe what the store holds, and whether its models are up to date."""
        return reply(schema.StoreInfo.model_validate({**service.catalogue.info(), "version": __version__}))

    @router.get("/stores", response_model=schema.Stores)
    def list_stores() -> Response:
        """List the stores of this server; any request may name one as `?store=NAME`."""
        return reply(schema.Stores(stores=tuple(stores), default=stores[0] if stores else ""))

    return router
