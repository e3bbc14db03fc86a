"""One server for the page, the REST API and the MCP tools."""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from index.errors import BadSetting
from index.snapshots import keep_snapshots
from index.store import Store
from tagger.jobs.file_jobs import MOST_BYTES
from tagger.web.api.body_limit import BodyLimit
from tagger.web.api.rest import MISTAKES, add_routes
from tagger.web.late_app import LateApp
from tagger.web.service.limits import LONGEST_TEXT
from tagger.web.service.service import Service
from tagger.web.store_switch import switch_of

log = logging.getLogger(__name__)

# JSON may write a character as twelve bytes (two escapes); title and description have one limit each.
_LONGEST_BODY = 2 * 12 * LONGEST_TEXT
_UPLOAD = "/gradio_api/upload"
# The multipart form around the file.
_AROUND_FILE = 10_000
_STOP_S = 3
_LAST_PORT = 65_535
# Gradio keeps the page that is being built in a variable of the process.
_BUILDING = threading.Lock()


def app_of(
    store: Store, snapshots: Path | None = None, *, train: bool = False, name: str = "", stores: Sequence[str] = ()
) -> FastAPI:
    """Build the application over a store. In the background, the models are opened and then the page is built.

    Snapshots go to `snapshots`, if given. Visitors can start trainings only if `train` is true. `name` is the store's
    name among `stores`, all that the server has.
    """
    service = Service(store)
    page = LateApp(partial(_page_app, service, train=train, name=name, stores=stores))

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        models = service.tagging.warm_up()
        with keep_snapshots(store, snapshots) if snapshots else contextlib.nullcontext():
            async with page.running(after=models.join):
                yield

    # FastAPI's documentation pages load scripts from other sites, so only the schema is served.
    app = FastAPI(
        title="Tagweave",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=MISTAKES,
        lifespan=lifespan,
    )
    app.add_middleware(BodyLimit, limit_bytes=_LONGEST_BODY, longer={_UPLOAD: MOST_BYTES + _AROUND_FILE})
    add_routes(app, service, stores)
    app.mount("/", page)
    return app


def apps_of(stores: Mapping[str, Store], snapshots: Path | None = None, *, train: bool = False) -> ASGIApp:
    """Build the application over several stores by name; the first is the default, and the one with snapshots."""
    first, names = next(iter(stores)), list(stores)
    return switch_of(
        {
            name: app_of(store, snapshots if name == first else None, train=train, name=name, stores=names)
            for name, store in stores.items()
        }
    )


def _page_app(service: Service, *, train: bool, name: str, stores: Sequence[str]) -> FastAPI:
    """Build the page with its endpoints and the MCP tools."""
    # Gradio takes seconds to import, so the REST API does not wait for it.
    from tagger.web.page import page_app

    with _BUILDING:
        return page_app(service, train=train, store=name, stores=stores)


class _WithoutCut(logging.Filter):
    """Drop log records about endless answers, such as the page's heartbeat, that are cancelled at shutdown."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is about something else."""
        cut = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
        return not cut and "timeout graceful shutdown exceeded" not in record.getMessage()


def serve(
    stores: Mapping[str, Store], *, host: str, port: int, snapshots: Path | None = None, train: bool = False
) -> None:
    """Serve stores by name until interrupted. Raises `BadSetting` if the server cannot listen on the address."""
    with _listening(host, port) as listener:
        app = apps_of(stores, snapshots, train=train)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_STOP_S)
        logging.getLogger("uvicorn.error").addFilter(_WithoutCut())
        log.info("Tagweave is at http://%s:%d (Ctrl+C stops it)", host, listener.getsockname()[1])
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    if not 0 <= port <= _LAST_PORT:
        raise BadSetting("serve.port", port=port, most=_LAST_PORT)
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise BadSetting("serve.cannot-listen", host=host, port=port, reason=error) from error
