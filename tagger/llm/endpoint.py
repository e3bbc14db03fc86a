"""One request to a server that speaks OpenAI's chat completions; bounded in time and in size."""

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from index.libraries.http_retries import Deadline

# The server did nothing yet, or may do it in a moment. 529 is "overloaded" at some providers.
AGAIN = frozenset({408, 409, 423, 425, 429, 500, 502, 503, 504, 529})
# No answer on the tags of a product comes near it; with token probabilities it has a few hundred bytes a token.
_MOST_BYTES = 2 << 20
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


@cache
def _certificates() -> ssl.SSLContext:
    # Reading them takes longer than a request to a server in the same house.
    return httpx.create_ssl_context()


class AnswerTooLarge(httpx.TransportError):
    """The answer has more bytes than any answer needs."""


class Endpoint:
    """A server's address and key; `key` is sent to this server and shown nowhere."""

    def __init__(self, url: str, key: str = "") -> None:
        self._url = url.rstrip("/")
        # A proxy could not reach this machine, and would see the products.
        self._proxies = urlsplit(url).hostname not in _THIS_MACHINE
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    @contextlib.contextmanager
    def connected(self, most: int) -> Iterator["Connection"]:
        """Yield connections for several requests, at most `most` at a time, and close them on exit."""
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        # A redirect is not followed: the key and the product would go to another server.
        with httpx.Client(
            base_url=self._url,
            headers=self._headers,
            limits=limits,
            verify=_certificates(),
            follow_redirects=False,
            trust_env=self._proxies,
        ) as client:
            yield Connection(client)


class Connection:
    """Sends requests to /chat/completions. Thread-safe."""

    def __init__(self, client: httpx.Client) -> None:
        self._http = client

    def post(self, body: Mapping[str, Any], deadline: Deadline) -> httpx.Response:
        """Return the whole answer.

        Raises `httpx.RequestError` if there is none: no connection, a connection that is cut, an answer that is not
        complete at the deadline, or `AnswerTooLarge`.
        """
        timeout = max(deadline.left, 0.001)
        with self._http.stream("POST", "/chat/completions", json=body, timeout=timeout) as answer:
            content = bytearray()
            # The client's own limit is for each read. A server that sends a byte now and then would never reach it.
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > _MOST_BYTES:
                    raise AnswerTooLarge(f"the answer has more than {_MOST_BYTES} bytes")
                if not deadline.left:
                    raise httpx.ReadTimeout("the answer was not complete in time")
            headers = {name: value for name, value in answer.headers.items() if name == "retry-after"}
            return httpx.Response(answer.status_code, headers=headers, content=bytes(content))
