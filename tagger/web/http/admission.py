"""Refuse requests for tags while too many wait, before their body is parsed."""

from starlette.types import ASGIApp, Receive, Scope, Send

from tagger.web.http.access import own_path
from tagger.web.http.problems import headers_of, refusal
from tagger.web.scheduling.metrics import Metrics
from tagger.web.service.service import Service

_TAGGING = {"/v1/suggest", "/v1/suggest/batch", "/v1/explain", "/api/suggest", "/api/explain"}
# A shorter body is read, so that the connection can be used again.
_SHORT_BYTES = 64_000


class Admission:
    """ASGI middleware in front of what tags products."""

    def __init__(self, app: ASGIApp, *, service: Service, metrics: Metrics) -> None:
        self._app = app
        self._service = service
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer 429 with the time to ask again."""
        refused = None
        if scope["type"] == "http" and own_path(scope) in _TAGGING:
            refused = self._service.tagging.refusal()
        if refused is None:
            await self._app(scope, receive, send)
            return
        self._metrics.count("tagweave_refusals_total", reason="busy")
        left = _SHORT_BYTES
        while left > 0:
            event = await receive()
            left -= len(event.get("body", b""))
            if not event.get("more_body"):
                break
        headers = headers_of(refused) | ({} if left > 0 else {"connection": "close"})
        await refusal(own_path(scope), 429, refused.message, headers)(scope, receive, send)
