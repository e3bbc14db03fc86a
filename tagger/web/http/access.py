"""Let only those in who may: check the key, its scope, the site that a request comes from, and the rate."""

import base64
import binascii
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import TagweaveError
from index.messages import Message
from tagger.access.keys import Key, KeyRing
from tagger.access.keys import Scope as KeyScope
from tagger.web.http.problems import is_v1, refusal
from tagger.web.http.rate_limits import RateLimits
from tagger.web.http.scopes import needed_scope
from tagger.web.scheduling.metrics import Metrics

_SAFE = ("GET", "HEAD", "OPTIONS")
_LOCAL_SITES = ("none", "same-origin")
# A browser asks for the key as a password; the name does not count.
_ASK_BROWSER = {"www-authenticate": 'Basic realm="Tagweave", charset="UTF-8"'}
_ASK_PROGRAM = {"www-authenticate": "Bearer"}


class Access:
    """ASGI middleware before everything else of a store; it refuses before a body is read."""

    def __init__(
        self, app: ASGIApp, *, keys: KeyRing, rates: RateLimits, metrics: Metrics, page: KeyScope = "write"
    ) -> None:
        self._app = app
        self._keys = keys
        self._rates = rates
        self._metrics = metrics
        self._page: KeyScope = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None:
            await self._app(scope, receive, send)
        else:
            self._metrics.count("tagweave_refusals_total", reason=str(refused.status_code))
            await refused(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        method, path = scope.get("method", "GET"), own_path(scope)
        needed = needed_scope(method, path, self._page)
        if needed is None:
            return None
        headers = Headers(scope=scope)
        try:
            required = self._keys.required
            key = self._keys.find(_sent(headers)) if required else None
        except TagweaveError as error:
            return refusal(path, 503, error.message)
        client = scope.get("client")
        caller = key.name if key else str(client[0] if client else "")
        if (wait_s := self._rates.wait(caller)) > 0:
            return refusal(path, 429, Message("request.too-many"), {"retry-after": str(wait_s)})
        if required and (refused := _wrong(key, needed, _sent(headers), path)):
            return refused
        if method not in _SAFE and (is_v1(path) or path == "/mcp") and from_elsewhere(headers):
            return refusal(path, 403, Message("request.other-site"))
        scope.setdefault("state", {})["caller"] = key.name if key else ""
        scope["state"]["scope"] = key.scope if key else "admin"
        return None


def own_path(scope: Scope) -> str:
    """Return the path of a request below its store, without trailing slashes."""
    path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
    return path.rstrip("/") or "/"


def _wrong(key: Key | None, needed: KeyScope, sent: str, path: str) -> Response | None:
    """Return a refusal if the key is not good enough."""
    ask = _ASK_PROGRAM if path.startswith(("/v1", "/api", "/mcp", "/metrics")) else _ASK_BROWSER
    if key is None:
        return refusal(path, 401, Message("access.wrong-key") if sent else Message("access.no-key"), ask)
    if key.expired:
        return refusal(path, 401, Message("access.expired", name=key.name), ask)
    if not key.allows(needed):
        return refusal(path, 403, Message("access.scope", name=key.name, scope=key.scope, needed=needed))
    return None


def _sent(headers: Headers) -> str:
    """Return the key that a client sent: as `Authorization: Bearer`, as a Basic password or as `X-API-Key`."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return headers.get("x-api-key", "")


def from_elsewhere(headers: Headers) -> bool:
    """Tell whether another site's page makes a visitor's browser send the request. Programs send no origin."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site:
        return site not in _LOCAL_SITES
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
