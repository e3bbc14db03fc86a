"""Webhooks: what a receiver gets, and when it gets it again."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import NamedTuple

import pytest

from index.errors import BadSetting
from tagger.watch.webhook import Webhook, is_signed, sign

SECRET = "a secret of the shop"
REPORT = {"event": "tagged", "file": "杯子.csv", "tagged": 2}


class Request(NamedTuple):
    """What came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """A program at another address that answers with one status after the other."""

    def __init__(self) -> None:
        self.statuses = [200]
        self.requests: list[Request] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append(Request(self.path, dict(self.headers), body))
                status = receiver.statuses[min(len(receiver.requests), len(receiver.statuses)) - 1]
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


def test_the_receiver_can_check_who_sent_the_report(receiver: Receiver) -> None:
    assert Webhook(receiver.url, SECRET).send("7f", REPORT) == ""
    [request] = receiver.requests
    assert (request.path, json.loads(request.body)) == ("/hook", REPORT)
    assert request.headers["Tagweave-Id"] == "7f"
    signed = request.headers["Tagweave-Timestamp"].encode() + b"." + request.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert request.headers["Tagweave-Signature"] == f"sha256={expected}"
    assert abs(time.time() - int(request.headers["Tagweave-Timestamp"])) < 60


def test_a_failure_of_the_receiver_is_tried_again_after_pauses_that_double(receiver: Receiver) -> None:
    receiver.statuses = [500, 503, 429, 204]
    pauses: list[float] = []
    assert Webhook(receiver.url, SECRET, pause_s=1.0).send("7f", REPORT, sleep=pauses.append) == ""
    assert pauses == [1, 2, 4]
    assert [each.headers["Tagweave-Id"] for each in receiver.requests] == ["7f"] * 4


def test_after_the_last_try_the_problem_is_told(receiver: Receiver) -> None:
    receiver.statuses = [500]
    pauses: list[float] = []
    assert Webhook(receiver.url, SECRET, tries=3).send("7f", REPORT, sleep=pauses.append) == "status 500"
    assert (len(receiver.requests), pauses) == (3, [1, 2])


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_a_refusal_is_final_and_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    assert Webhook(receiver.url, SECRET).send("7f", REPORT, sleep=pytest.fail) == f"status {status}"
    assert [each.path for each in receiver.requests] == ["/hook"]


def test_nobody_at_the_address_is_a_failure_that_is_tried_again(receiver: Receiver) -> None:
    url = receiver.url
    receiver.server.socket.close()
    pauses: list[float] = []
    assert "refused" in Webhook(url, SECRET, tries=2, timeout_s=2).send("7f", REPORT, sleep=pauses.append)
    assert pauses == [1]


def test_a_signature_fits_one_body_one_secret_and_a_few_minutes() -> None:
    now = str(int(time.time()))
    signature = sign(SECRET, now, b"{}")
    assert is_signed(SECRET, now, b"{}", signature)
    assert not is_signed(SECRET, now, b"{ }", signature)
    assert not is_signed("another secret of it", now, b"{}", signature)
    old = str(int(time.time()) - 301)
    assert not is_signed(SECRET, old, b"{}", sign(SECRET, old, b"{}"))
    assert not is_signed(SECRET, "now", b"{}", sign(SECRET, "now", b"{}"))
    assert not is_signed(SECRET, now, b"{}", "sha256=ü")


@pytest.mark.parametrize("url", ["", "shop.example/hook", "file:///etc/passwd", "ftp://shop.example", "http://"])
def test_only_addresses_of_the_web_are_taken(url: str) -> None:
    with pytest.raises(BadSetting, match="is not the address of a webhook"):
        Webhook(url, SECRET)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(BadSetting, match="at least 16 characters"):
        Webhook("https://shop.example/hook", "short")
