"""Tell another program how a file was tagged: a signed request, repeated until it is answered.

The signature is HMAC-SHA256 over the time, a dot and the body, with a secret that both programs know. The time is part
of it, so that an old request cannot be sent again.
"""

import hashlib
import hmac
import http.client
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from index.errors import BadSetting

log = logging.getLogger(__name__)

ID_HEADER: Final = "Tagweave-Id"
TIME_HEADER: Final = "Tagweave-Timestamp"
SIGNATURE_HEADER: Final = "Tagweave-Signature"
_SCHEME: Final = "sha256="
_LEAST_SECRET_CHARS: Final = 16
_OK: Final = range(200, 300)
# The other program may take it later: too early, too many requests, and all of its own failures.
_LATER: Final = frozenset({408, 425, 429})
_SERVER_FAILURE: Final = 500


@dataclass(frozen=True)
class Webhook:
    """Where requests go, and the secret that signs them.

    A request is made up to `tries` times. The pauses between begin with `pause_s` seconds and double. Raises
    `BadSetting` for an address that is not http or https, and for a secret of fewer than 16 characters.
    """

    url: str
    secret: str
    tries: int = 5
    pause_s: float = 1.0
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise BadSetting("webhook.url", url=self.url)
        if len(self.secret) < _LEAST_SECRET_CHARS:
            raise BadSetting("webhook.secret", least=_LEAST_SECRET_CHARS)

    def send(self, id: str, report: Mapping[str, Any], *, sleep: Callable[[float], None] = time.sleep) -> str:
        """Send a report as JSON. Return why it was not taken, in English; an empty string if it was.

        The other program sees the same `id` again if a request is repeated, also after a kill.
        """
        body = json.dumps(report, ensure_ascii=False).encode()
        problem = ""
        for number in range(self.tries):
            if number:
                sleep(self.pause_s * 2 ** (number - 1))
            status, problem = self._post(id, body)
            if status in _OK:
                return ""
            if status and status < _SERVER_FAILURE and status not in _LATER:
                break
        log.warning("the webhook %s was not taken: %s", self.url, problem)
        return problem

    def _post(self, id: str, body: bytes) -> tuple[int, str]:
        """Return the status and the problem; status 0 if there is no answer."""
        now = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "tagweave",
            ID_HEADER: id,
            TIME_HEADER: now,
            SIGNATURE_HEADER: sign(self.secret, now, body),
        }
        request = urllib.request.Request(self.url, body, headers, method="POST")  # noqa: S310
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=self.timeout_s) as answer:
                return int(answer.status), ""
        except urllib.error.HTTPError as error:
            with error:
                return error.code, f"status {error.code}"
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error) or type(error).__name__


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the request would lose its body, and might go to somebody else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body that is sent at a time, in seconds since 1970."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"{_SCHEME}{signed.hexdigest()}"


def is_signed(secret: str, timestamp: str, body: bytes, signature: str, *, most_s: float = 300.0) -> bool:
    """Tell whether a signature fits, and whether the request is not older than `most_s` seconds."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > most_s:
        return False
    return hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode())
