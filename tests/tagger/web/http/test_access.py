"""Every route against every kind of key."""

import base64
import re
import shutil
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from index.store import Store
from tagger.access.keys import SCOPES, KeyRing
from tagger.web.http.rate_limits import RateLimits
from tagger.web.scheduling.metrics import Metrics
from tagger.web.server import Serving, app_of
from tagger.web.service.service import Service

# Written by hand: a route that is not here fails the test until somebody has thought about it.
NEEDED = {
    "read": """
        POST /v1/suggest  POST /v1/suggest/batch  POST /v1/explain  POST /v1/similar  GET /v1/products
        GET /v1/products/{id:path}  GET /v1/search  GET /v1/vocabulary  GET /v1/tags/changes  GET /v1/tags/{tag:path}
        GET /v1/rules  GET /v1/decisions  GET /v1/jobs/{id}  GET /v1/jobs/{id}/events
        GET /v1/jobs/{id}/results/{name}  GET /v1/jobs/{id}/evaluation  GET /v1/evaluation  GET /v1/info
        GET /v1/stores  POST /api/suggest  GET /api/search  POST /api/explain  POST /api/similar  GET /api/info
        GET /api/stores  GET /api/decisions  GET /api/tags/changes  GET /api/rules  GET /api/decisions/{name}
        GET /api/batches/{token}/{name}  GET /metrics  GET /api/{rest:path}  HEAD /api/{rest:path}
        POST /mcp  GET /mcp  DELETE /mcp
    """,
    "write": """
        POST /v1/products  PUT /v1/products/{id:path}  DELETE /v1/products/{id:path}  POST /v1/tags/changes
        POST /v1/tags/changes/{number}/undo  POST /v1/decisions  POST /v1/decisions/{number}/undo  POST /v1/jobs
        DELETE /v1/jobs/{id}  POST /api/decisions  POST /api/decisions/{number}/undo  POST /api/tags/changes
        POST /api/tags/changes/{number}/undo  GET /  POST /gradio_api/queue/join  POST /gradio_api/mcp/
    """,
    "admin": """
        PATCH /v1/rules  POST /api/rules  POST /api/{rest:path}  PUT /api/{rest:path}  PATCH /api/{rest:path}
        DELETE /api/{rest:path}
    """,
    "none": "GET /v1/openapi.json  GET /v1/docs",
}
TABLE = {each: scope for scope, listed in NEEDED.items() for each in re.split(r"\s{2,}", listed.strip())}
ELSEWHERE = {"GET /", "POST /gradio_api/queue/join", "POST /gradio_api/mcp/", "POST /mcp", "GET /mcp", "DELETE /mcp"}


@pytest.fixture(scope="module")
def folder(store, tmp_path_factory):
    return Path(shutil.copytree(store.folder, tmp_path_factory.mktemp("access") / "store"))


@pytest.fixture(scope="module")
def tokens(folder, tmp_path_factory):
    ring = KeyRing(folder)
    made = {scope: ring.add(scope, scope) for scope in SCOPES}
    made["expired"] = ring.add("expired", "admin", days=0.0)
    other = tmp_path_factory.mktemp("other")
    return {**made, "other store": KeyRing(other).add("other", "admin"), "wrong": "tw_0123456789ab_x", "none": ""}


@pytest.fixture(scope="module")
def app(folder, tokens):
    store = Store.open(folder)
    return app_of(Service(store), store, Serving(), Metrics(), stores=["store"])


@pytest.fixture(scope="module")
def client(app):
    # Not started: the page is never built, and what would reach it fails with 500.
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def routes_of(app, prefix=""):
    found = set()
    for route in app.routes:
        if isinstance(route, APIRoute):
            found |= {f"{method} {prefix}{route.path}" for method in route.methods}
        elif hasattr(route, "original_router"):
            found |= routes_of(route.original_router, prefix)
        elif getattr(route, "path", "") == "/v1":
            found |= routes_of(route.app, "/v1")
    return found


def test_every_route_has_its_place_in_the_table(app):
    assert routes_of(app) == TABLE.keys() - ELSEWHERE


@pytest.mark.parametrize("held", ["none", "wrong", "expired", "other store", *SCOPES])
def test_a_key_opens_what_its_scope_says_and_nothing_else(client, tokens, held):
    headers = {"authorization": f"Bearer {tokens[held]}"} if tokens[held] else {}
    for name, needed in TABLE.items():
        method, path = name.split()
        # A value that no operation accepts, so that nothing is changed.
        path = re.sub(r"\{[^}]*\}", "~", path)
        status = client.request(method, path, headers=headers).status_code
        if needed == "none":
            assert status == 200, name
        elif held not in SCOPES:
            assert status == 401, (name, status)
        elif SCOPES.index(held) < SCOPES.index(needed):
            assert status == 403, (name, status)
        else:
            assert status not in (401, 403), (name, status)


def test_the_refusal_says_what_to_do(client, tokens):
    bare = client.post("/v1/suggest", json={"text": "mug"})
    assert (bare.status_code, bare.json()["code"]) == (401, "access.no-key")
    assert bare.headers["www-authenticate"] == "Bearer"
    assert client.get("/").headers["www-authenticate"].startswith("Basic")
    weak = client.patch("/v1/rules", json={}, headers={"x-api-key": tokens["read"]})
    assert weak.json()["detail"] == "the key of read allows read, but this needs admin"


def test_a_decision_is_signed_with_the_name_of_the_key(client, tokens):
    headers = {"x-api-key": tokens["write"]}
    body = {"kind": "accept", "tag": "kettle", "title": "A kettle of a key"}
    assert client.post("/v1/decisions", json=body, headers=headers).json()["by"] == "write"
    assert client.post("/v1/decisions", json={**body, "by": "Ann"}, headers=headers).json()["by"] == "Ann"


def test_a_browser_sends_the_key_as_a_password(client, tokens):
    sent = base64.b64encode(f"ann:{tokens['read']}".encode()).decode()
    assert client.get("/v1/info", headers={"authorization": f"Basic {sent}"}).status_code == 200
    assert client.get("/v1/info", headers={"authorization": "Basic !"}).status_code == 401


@pytest.mark.parametrize(
    "path", ["/v1/../v1/info", "//v1/info", "/v1//info", "/v1/info/", "/V1/info", "/v1/docs/../info"]
)
def test_a_path_in_disguise_opens_nothing(client, path):
    assert client.get(path).status_code == 401


@pytest.mark.parametrize("said", [{"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}])
@pytest.mark.parametrize("path", ["/v1/suggest", "/v1/decisions", "/mcp"])
def test_another_sites_page_cannot_send_with_the_visitors_password(client, tokens, said, path):
    answer = client.post(path, json={}, headers={"x-api-key": tokens["admin"], **said})
    assert (answer.status_code, answer.json()["code"]) == (403, "request.other-site")


def test_a_caller_that_asks_too_often_waits_and_others_do_not():
    rates = RateLimits(2)
    assert [rates.wait("ann") for _ in range(5)] == [0, 0, 0, 0, 1]
    assert rates.wait("ben") == 0
    assert RateLimits(0).wait("ann") == 0
