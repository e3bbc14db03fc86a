"""One server for the page, the REST API and the MCP tools."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from index.errors import BadSetting
from index.messages import Message
from index.snapshots import keep_snapshots
from index.store import Store
from tagger.access.keys import KeyRing
from tagger.access.keys import Scope as KeyScope
from tagger.jobs.file_jobs import MOST_BYTES
from tagger.web.api.rest import MISTAKES, add_routes
from tagger.web.http.access import Access
from tagger.web.http.admission import Admission
from tagger.web.http.body_limit import BodyLimit
from tagger.web.http.front import Front
from tagger.web.http.problems import V1
from tagger.web.http.rate_limits import RateLimits
from tagger.web.late_app import LateApp
from tagger.web.rest.app import v1_app
from tagger.web.scheduling.metrics import Metrics
from tagger.web.service.limits import LONGEST_TEXT
from tagger.web.service.service import Service
from tagger.web.store_switch import switch_of

log = logging.getLogger(__name__)

# JSON may write a character as twelve bytes (two escapes); title and description have one limit each.
_LONGEST_BODY = 2 * 12 * LONGEST_TEXT
_UPLOAD, _JOBS = "/gradio_api/upload", f"{V1}/jobs"
# The multipart form around the file.
_AROUND_FILE = 10_000
_MCP = "/mcp"
_STOP_S = 3
_LAST_PORT = 65_535
_SWITCH_S = 0.0005
# Gradio keeps the page that is being built in a variable of the process.
_BUILDING = threading.Lock()


@dataclass(frozen=True)
class Serving:
    """How to serve: whether visitors can train, how many requests a second one caller may send (0: any number)."""

    train: bool = False
    rate: float = 0.0
    log_requests: bool = False
    snapshots: Path | None = None


def app_of(
    service: Service, store: Store, serving: Serving, metrics: Metrics, *, name: str = "", stores: Sequence[str] = ()
) -> FastAPI:
    """Build the application over a store. In the background, the models are opened and then the page is built.

    `name` is the store's name among `stores`, all that the server has.
    """
    tools = LateApp(partial(_mcp_app, service))
    page = LateApp(partial(_page_app, service, train=serving.train, name=name, stores=stores))

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        models = service.tagging.warm_up()
        with keep_snapshots(store, serving.snapshots) if serving.snapshots else contextlib.nullcontext():
            async with page.running(after=models.join), tools.running(after=models.join):
                service.quality.warm_up()
                yield
        # What was accepted is still answered.
        await asyncio.to_thread(service.tagging.close, _STOP_S)

    # FastAPI's documentation pages load scripts from other sites, so only the schema is served.
    app = FastAPI(
        title="Tagweave",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=MISTAKES,
        lifespan=lifespan,
    )
    longer = {_UPLOAD: MOST_BYTES + _AROUND_FILE, _JOBS: MOST_BYTES + _AROUND_FILE}
    app.add_middleware(BodyLimit, limit_bytes=_LONGEST_BODY, longer=longer)
    app.add_middleware(Admission, service=service, metrics=metrics)
    scope: KeyScope = "admin" if serving.train else "write"
    rates = RateLimits(serving.rate)
    app.add_middleware(Access, keys=KeyRing(store.folder), rates=rates, metrics=metrics, page=scope)
    metrics.gauge("tagweave_waiting", "Products that wait to be tagged", service.tagging.waiting, store=name)
    metrics.gauge("tagweave_ready", "Whether the models are open", service.tagging.ready, store=name)

    @app.get("/metrics", include_in_schema=False)
    def show_metrics() -> PlainTextResponse:
        return PlainTextResponse(metrics.render(), media_type="text/plain; version=0.0.4")

    add_routes(app, service, stores)
    app.mount(V1, v1_app(service, stores))
    app.router.routes.append(Route(_MCP, endpoint=tools))
    app.mount("/", page)
    return app


def apps_of(stores: Mapping[str, Store], serving: Serving) -> ASGIApp:
    """Build the application over several stores by name; the first is the default, and the one with snapshots."""
    first, names, metrics = next(iter(stores)), list(stores), Metrics()
    services = {name: Service(store, metrics) for name, store in stores.items()}
    apps = {
        name: app_of(
            services[name],
            store,
            serving if name == first else replace(serving, snapshots=None),
            metrics,
            name=name,
            stores=names,
        )
        for name, store in stores.items()
    }

    def ready() -> bool:
        return all(each.tagging.ready() for each in services.values())

    return Front(switch_of(apps), metrics=metrics, ready=ready, logs=serving.log_requests)


def _page_app(service: Service, *, train: bool, name: str, stores: Sequence[str]) -> FastAPI:
    """Build the page with its endpoints and the MCP tools."""
    # Gradio takes seconds to import, so the REST API does not wait for it.
    from tagger.web.page import page_app

    with _BUILDING:
        return page_app(service, train=train, store=name, stores=stores)


def _mcp_app(service: Service) -> Starlette:
    """Build the application of the MCP tools, whose library takes as long to import as the page's."""
    from tagger.web.mcp_server.server import mcp_app

    return mcp_app(service)


class _WithoutCut(logging.Filter):
    """Drop log records about endless answers, such as the page's heartbeat, that are cancelled at shutdown."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is about something else."""
        cut = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
        return not cut and "timeout graceful shutdown exceeded" not in record.getMessage()


def serve(stores: Mapping[str, Store], serving: Serving, *, host: str, port: int, open: bool = False) -> None:
    """Serve stores by name until interrupted.

    Raises `BadSetting` if the server cannot listen on the address, or if others could reach a store without keys and
    `open` does not allow it.
    """
    bare = [name for name, store in stores.items() if not KeyRing(store.folder).required]
    if bare and not open and not _is_loopback(host):
        raise BadSetting("serve.open", host=host, store=bare[0])
    # Requests are read and refused in one thread, which would wait five milliseconds for the models' thread each time.
    sys.setswitchinterval(_SWITCH_S)
    with _listening(host, port) as listener:
        app = apps_of(stores, serving)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_STOP_S, server_header=False)
        logging.getLogger("uvicorn.error").addFilter(_WithoutCut())
        if bare and not _is_loopback(host):
            log.warning("%s", Message("serve.is-open", store=", ".join(bare)))
        log.info("Tagweave is at http://%s:%d (Ctrl+C stops it)", host, listener.getsockname()[1])
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _listening(host: str, port: int) -> socket.socket:
    if not 0 <= port <= _LAST_PORT:
        raise BadSetting("serve.port", port=port, most=_LAST_PORT)
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise BadSetting("serve.cannot-listen", host=host, port=port, reason=error) from error
    # Accepted connections inherit it; asyncio sets it only on sockets whose protocol is given. Without it, the second
    # write of an answer waits for the client's delayed acknowledgement of the first, 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
