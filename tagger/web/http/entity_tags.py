"""Give the answers to GET requests an ETag, and answer 304 to a client that has the same one."""

import hashlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_JSON = b"application/json"
_OK, _NOT_MODIFIED = 200, 304


def etag_of(body: bytes) -> str:
    """Return the ETag of an answer."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(header: str, etag: str) -> bool:
    """Tell whether an `If-Match` or `If-None-Match` header names an ETag."""
    named = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in named or etag in named


class EntityTags:
    """ASGI middleware for small JSON answers; streams pass as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        wanted = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"), "")
        held: list[Message] = []

        async def tag(event: Message) -> None:
            if event["type"] == "http.response.start" and _is_json(event):
                held.append(event)
            elif held and not event.get("more_body"):
                start, body = held.pop(), event.get("body", b"")
                etag = etag_of(body)
                start["headers"] = [*start["headers"], (b"etag", etag.encode())]
                if wanted and matches(wanted, etag):
                    start["status"], event["body"] = _NOT_MODIFIED, b""
                    start["headers"] = [each for each in start["headers"] if each[0] != b"content-length"]
                await send(start)
                await send(event)
            else:
                if held:
                    await send(held.pop())
                await send(event)

        await self._app(scope, receive, tag)


def _is_json(event: Message) -> bool:
    typed = any(name == b"content-type" and value.startswith(_JSON) for name, value in event["headers"])
    return bool(typed and event["status"] == _OK)
