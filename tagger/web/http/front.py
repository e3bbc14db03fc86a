"""The outermost layer of a server: request ids, headers, health, measurements and the log."""

import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagger.web.http.problems import is_v1
from tagger.web.scheduling.metrics import Metrics

log = logging.getLogger("tagger.web.requests")

_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_LABEL = re.compile(r"^(?:/stores/[^/]+)?(/(?:v1|api)/[a-z]+)(?:/|$)")
_KNOWN = {
    *("suggest", "explain", "search", "similar", "products", "tags", "vocabulary", "rules", "decisions", "jobs"),
    *("evaluation", "info", "stores", "docs", "openapi", "batches"),
}
_COMMON = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin-allow-popups"),
]
# Gradio's page needs scripts and styles inside it. A Space shows the page in a frame of its host.
_PAGE_POLICY = b"object-src 'none'; base-uri 'self'; frame-ancestors 'self' https://huggingface.co"
_API_POLICY = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_NOT_READY = 503


class Front:
    """ASGI middleware around the applications of all stores."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, ready: Callable[[], bool], logs: bool = False) -> None:
        self._app = app
        self._metrics = metrics
        self._ready = ready
        self._logs = logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a question about the server's health, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        health = self._health(scope["path"])
        if health is not None:
            await health(scope, receive, send)
            return
        begun, id = time.perf_counter(), _request_id(scope)
        scope.setdefault("state", {})["request_id"] = id
        status = 0

        async def add_headers(event: Message) -> None:
            nonlocal status
            if event["type"] == "http.response.start":
                status = event["status"]
                event["headers"] = [*event["headers"], (b"x-request-id", id.encode()), *_headers(scope["path"])]
            await send(event)

        path = scope["path"]
        try:
            await self._app(scope, receive, add_headers)
        finally:
            self._note(scope, path, id, status or 500, time.perf_counter() - begun)

    def _health(self, path: str) -> Response | None:
        if path == "/livez":
            return PlainTextResponse("ok\n")
        if path == "/readyz":
            ready = self._ready()
            return JSONResponse({"ready": ready}, 200 if ready else _NOT_READY)
        return None

    def _note(self, scope: Scope, path: str, id: str, status: int, seconds: float) -> None:
        label = path_label(path)
        self._metrics.count("tagweave_requests_total", path=label, status=str(status))
        self._metrics.observe("tagweave_request_seconds", seconds, path=label)
        if self._logs:
            # Neither the query nor the rest of the path: they may hold a product's text.
            record = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "request": id,
                "method": scope["method"],
                "path": label,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "caller": scope.get("state", {}).get("caller", ""),
            }
            log.info("%s", json.dumps(record, ensure_ascii=False))


def path_label(path: str) -> str:
    """Return the part of a path that measurements and the log may show."""
    found = _LABEL.match(path)
    if not found:
        return "/mcp" if "/mcp" in path else "/metrics" if path.endswith("/metrics") else "page"
    label = found[1]
    return label if label.rpartition("/")[2] in _KNOWN else f"{label.rpartition('/')[0]}/other"


def _request_id(scope: Scope) -> str:
    """Return the id that the client gave, if it is a harmless one, or a new one."""
    sent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
    return sent if _ID.fullmatch(sent) else secrets.token_hex(8)


def _headers(path: str) -> list[tuple[bytes, bytes]]:
    if is_v1(path):
        return [*_COMMON, (b"content-security-policy", _API_POLICY), (b"cache-control", b"private, no-cache")]
    if path.startswith("/api/"):
        deprecated = [(b"deprecation", b"@1796083200"), (b"link", b'</v1/docs>; rel="successor-version"')]
        return [*_COMMON, (b"content-security-policy", _API_POLICY), *deprecated]
    return [*_COMMON, (b"content-security-policy", _PAGE_POLICY)]
