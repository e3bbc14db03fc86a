"""Answer a write that is sent twice with the same `Idempotency-Key` once, and give the first answer again."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.messages import Message as Text
from tagger.web.http.problems import refusal

_HEADER = b"idempotency-key"
_WRITES = ("POST", "PUT", "PATCH", "DELETE")
_LONGEST_KEY = 200
_KEPT_S = 24 * 3600
_MOST = 10_000
# Answers that another try may change.
_PASSING = (409, 423, 429)
_SERVER_ERROR = 500


@dataclass
class _Kept:
    body: str
    at: float
    answer: Sequence[Message] | None = None


class Idempotency:
    """ASGI middleware that keeps the answers of writes for a day, in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a write on, or answer it as before."""
        key = _key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        if len(key[-1]) > _LONGEST_KEY:
            refused = refusal(scope["path"], 400, Text("request.idempotency-key", most=_LONGEST_KEY))
            await refused(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            return
        digest = hashlib.blake2b(body, digest_size=16).hexdigest()
        known = self._begin(key, digest)
        if known is None:
            await self._answer(key, scope, _replayed(body, receive), send)
        elif known.body != digest:
            await refusal(scope["path"], 422, Text("request.idempotency-other"))(scope, receive, send)
        elif known.answer is None:
            headers = {"retry-after": "1"}
            await refusal(scope["path"], 409, Text("request.idempotency-running"), headers)(scope, receive, send)
        else:
            for event in known.answer:
                await send(event)

    def _begin(self, key: tuple[str, ...], digest: str) -> _Kept | None:
        """Return what is known of a key; if nothing is, remember that it is being answered."""
        now = time.monotonic()
        with self._lock:
            while self._kept and now - next(iter(self._kept.values())).at > _KEPT_S:
                self._kept.popitem(last=False)
            if key in self._kept:
                return self._kept[key]
            self._kept[key] = _Kept(digest, now)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return None

    async def _answer(self, key: tuple[str, ...], scope: Scope, receive: Receive, send: Send) -> None:
        events: list[Message] = []

        async def keep(event: Message) -> None:
            events.append(event)
            await send(event)

        try:
            await self._app(scope, receive, keep)
        finally:
            self._end(key, events)

    def _end(self, key: tuple[str, ...], events: list[Message]) -> None:
        status = events[0]["status"] if events else _SERVER_ERROR
        with self._lock:
            if status >= _SERVER_ERROR or status in _PASSING:
                self._kept.pop(key, None)
            elif key in self._kept:
                first = {**events[0], "headers": [*events[0]["headers"], (b"idempotent-replayed", b"true")]}
                self._kept[key].answer = [first, *events[1:]]


def _key(scope: Scope) -> tuple[str, ...] | None:
    """Return who asks, what for, and the key that was sent; None for what is no write with a key."""
    if scope["type"] != "http" or scope["method"] not in _WRITES:
        return None
    sent = [value.decode("latin-1") for name, value in scope["headers"] if name == _HEADER]
    if not sent:
        return None
    caller = str(scope.get("state", {}).get("caller", ""))
    return caller, scope["method"], scope["path"], scope["query_string"].decode("latin-1"), sent[-1]


async def _read(receive: Receive) -> bytes | None:
    """Return the body, whose length is limited elsewhere; None if the client left."""
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += bytes(event.get("body", b""))
        if not event.get("more_body"):
            return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    events: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return events.pop() if events else await receive()

    return again
