"""Refuse requests with too long a body before they are read into memory."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from index.messages import Message
from tagger.web.http.problems import refusal

Event = MutableMapping[str, Any]

_DRAINED = 16


class BodyLimit:
    """ASGI middleware that answers 413 to a body of more than `limit_bytes`, whether or not its length was declared.

    `longer` maps paths to a limit of their own.
    """

    def __init__(self, app: ASGIApp, *, limit_bytes: int, longer: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit = limit_bytes
        self._longer = longer or {}
        self._drained = _DRAINED * limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body is short enough."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._longer.get(scope.get("path", ""), self._limit)
        if _announced(scope) > limit:
            await _drain(receive, self._drained)
            await _refuse(scope, receive, send, limit)
        else:
            counted = _Counted(receive, send, limit)
            try:
                await self._app(scope, counted.receive, counted.send)
            except Exception:
                if not counted.too_long:
                    raise
            if counted.too_long and not counted.started:
                await _drain(receive, self._drained if counted.unread else 0)
                await _refuse(scope, receive, send, limit)


class _Counted:
    """Count a request's body bytes. Above the limit, tell the application that the client has disconnected."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._left = limit
        self.started = False
        self.unread = True

    @property
    def too_long(self) -> bool:
        return self._left < 0

    async def receive(self) -> Event:
        if not self.too_long:
            message = await self._receive()
            self._left -= len(message.get("body", b""))
            self.unread = message.get("more_body", False)
        return {"type": "http.disconnect"} if self.too_long else message

    async def send(self, message: Event) -> None:
        if self.started or not self.too_long:
            self.started = True
            await self._send(message)


def _announced(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return max((int(value) for value in lengths if value.isdigit()), default=0)


async def _drain(receive: Receive, most: int) -> None:
    """Read and discard the body: a client that is cut off while it sends never sees the answer."""
    while most > 0:
        message = await receive()
        most -= len(message.get("body", b""))
        if not message.get("more_body"):
            return


async def _refuse(scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    message = Message("request.too-large", most=limit)
    answer = refusal(scope.get("path", ""), 413, message, {"connection": "close"})
    await answer(scope, receive, send)
