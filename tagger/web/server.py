"""One server for the page, the REST API and the MCP tools."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI

from index.errors import BadSetting
from index.snapshots import keep_snapshots
from index.store import Store
from tagger.jobs.file_jobs import MOST_BYTES
from tagger.web.api.body_limit import BodyLimit
from tagger.web.api.rest import MISTAKES, add_routes
from tagger.web.i18n.translations import I18N
from tagger.web.page import STYLE, page, theme
from tagger.web.service.limits import LONGEST_TEXT
from tagger.web.service.service import Service

log = logging.getLogger(__name__)

# JSON may write a character as twelve bytes (two escapes); title and description have one limit each.
_LONGEST_BODY = 2 * 12 * LONGEST_TEXT
_UPLOAD = "/gradio_api/upload"
# The multipart form around the file.
_AROUND_FILE = 10_000
_STOP_S = 3
_LAST_PORT = 65_535


def app_of(store: Store, snapshots: Path | None = None, *, train: bool = False) -> FastAPI:
    """Build the application over a store. Models are opened in the background; snapshots go to `snapshots`, if given.

    Visitors can start trainings only if `train` is true.
    """
    service = Service(store)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service.tagging.warm_up()
        with keep_snapshots(store, snapshots) if snapshots else contextlib.nullcontext():
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
    add_routes(app, service)
    blocks = page(service, train=train)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=theme(),
        i18n=I18N,
        css_paths=[STYLE],
        footer_links=["api", "settings"],
        run_history=False,
        show_error=False,
        max_file_size=MOST_BYTES,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=True,
    )
    if blocks.mcp_error:
        # Gradio does not say why its MCP tools are missing.
        log.warning("no tools over MCP: %s", blocks.mcp_error)
    return app


class _WithoutCut(logging.Filter):
    """Drop log records about endless answers, such as the page's heartbeat, that are cancelled at shutdown."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is about something else."""
        cut = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
        return not cut and "timeout graceful shutdown exceeded" not in record.getMessage()


def serve(store: Store, *, host: str, port: int, snapshots: Path | None = None, train: bool = False) -> None:
    """Serve until interrupted. Raises `BadSetting` if the server cannot listen on the address."""
    with _listening(host, port) as listener:
        app = app_of(store, snapshots, train=train)
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
