"""The clients against a real server; retries against a server that fails as told."""

import asyncio
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tagger.client import AsyncClient, Client, Refused, Retries, Unreachable

SUGGESTED = {"id": "1", "tags": [], "known": True, "threshold": 0.5}
DECIDED = {"number": 1, "kind": "accept", "product": "1", "title": "t", "tag": "x", "at": "2026-01-01"}


class Failing:
    """A server that gives the answers from a list, one after another, and records its requests."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.asked.append((self.path, dict(self.headers), body))
                status, headers, answer = outer.answers.pop(0)
                content = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def quick(most=3):
    return Retries(most=most, first_s=0.001)


def problem(status, code="request.busy", **params):
    return {"title": "t", "status": status, "detail": "in words", "code": code, "params": params}


def test_a_busy_server_is_asked_again_and_a_write_keeps_its_key():
    answers = [(429, {"Retry-After": "0"}, problem(429, waiting=3)), (503, {}, {}), (201, {}, DECIDED)]
    with Failing(*answers) as server, Client(server.url, key="tw_a", retries=quick()) as client:
        assert client.decide("accept", "x", product="1").number == 1
    headers = [each[1] for each in server.asked]
    assert len({each["Idempotency-Key"] for each in headers}) == 1
    assert {each["Authorization"] for each in headers} == {"Bearer tw_a"}
    assert len(headers) == 3


def test_the_time_that_the_server_asks_for_is_waited():
    with Failing((429, {"Retry-After": "1"}, problem(429)), (200, {}, SUGGESTED)) as server:
        begun = time.monotonic()
        with Client(server.url, retries=quick()) as client:
            client.suggest("mug")
        assert time.monotonic() - begun >= 1


def test_a_client_gives_up_at_its_deadline_with_what_the_server_said():
    with Failing((429, {"Retry-After": "9"}, problem(429, waiting=3))) as server:
        with Client(server.url, wait_s=0.5, retries=quick()) as client:
            with pytest.raises(Refused, match="3 requests are already waiting") as refused:
                client.suggest("mug")
    assert (refused.value.status, refused.value.code) == (429, "request.busy")


def test_a_mistake_is_not_sent_again():
    with Failing((400, {}, problem(400, "value.empty-text"))) as server, Client(server.url) as client:
        with pytest.raises(Refused, match="the text is empty"):
            client.suggest("")
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", [(200, {}, {"no": "tags"}), (500, {}, ["nginx"])])
def test_an_answer_that_is_not_one_of_tagweave_is_told(answer):
    with Failing(answer) as server, Client(server.url, retries=quick(0)) as client:
        with pytest.raises(Refused, match="is not one of Tagweave"):
            client.suggest("mug")


def test_a_server_that_is_not_there_is_told():
    with Client("http://127.0.0.1:9", wait_s=2, retries=quick(1)) as client:
        with pytest.raises(Unreachable, match="is the server running"):
            client.info()


def test_pauses_grow_and_differ_and_are_never_shorter_than_asked():
    retries = Retries(first_s=0.1, longest_s=1.0)
    for tried, bound in ((0, 0.1), (2, 0.4), (9, 1.0)):
        pauses = [retries.pause(tried, 2.0) for _ in range(200)]
        assert 2.0 <= min(pauses) < 2.0 + bound / 5
        assert 2.0 + bound * 0.8 < max(pauses) <= 2.0 + bound
    assert len({retries.pause(3, 0) for _ in range(20)}) > 10


def test_the_async_client_asks_the_same():
    async def run(url):
        async with AsyncClient(url, retries=quick()) as client:
            return await asyncio.gather(client.suggest("mug"), client.suggest("cup", brief=True))

    answers = [(429, {"Retry-After": "0"}, problem(429)), (200, {}, SUGGESTED), (200, {}, SUGGESTED)]
    with Failing(*answers) as server:
        found = asyncio.run(run(server.url))
    assert [each.id for each in found] == ["1", "1"]
    assert {path for path, _, _ in server.asked} == {"/v1/suggest"}
