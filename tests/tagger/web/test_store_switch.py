import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from tagger.web.store_switch import switch_of


def app_named(name: str, running: set[str]) -> FastAPI:
    """An application that answers with its name, and with the path and the parameters that reach it."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running.add(name)
        yield
        running.remove(name)

    app = FastAPI(lifespan=lifespan)

    @app.get("/{path:path}")
    def answer(path: str, request: Request) -> dict[str, object]:
        return {"store": name, "path": path, "asked": dict(request.query_params), "base": str(request.base_url)}

    return app


@pytest.fixture
def running() -> set[str]:
    """The names of the applications that run."""
    return set()


@pytest.fixture
def client(running: set[str]) -> Iterator[TestClient]:
    """A client of a server with the stores shop and anything."""
    apps = {name: app_named(name, running) for name in ("shop", "anything")}
    with TestClient(switch_of(apps), follow_redirects=False) as client:
        yield client


def test_a_request_that_names_no_store_goes_to_the_first(client: TestClient) -> None:
    assert client.get("/api/info").json()["store"] == "shop"
    assert client.get("/").json()["store"] == "shop"


def test_a_request_goes_to_the_store_that_it_names(client: TestClient) -> None:
    said = client.get("/api/search?q=a+b&store=anything&q=c").json()
    assert (said["store"], said["path"], said["asked"]) == ("anything", "api/search", {"q": "c"})
    assert client.get("/api/info?store=shop").json()["store"] == "shop"


def test_the_page_of_another_store_is_under_its_own_path(client: TestClient) -> None:
    turned = client.get("/?store=anything&q=mug")
    assert (turned.status_code, turned.headers["location"]) == (307, "stores/anything/?q=mug")
    said = client.get("/stores/anything/?q=mug").json()
    assert (said["store"], said["path"], said["asked"]) == ("anything", "", {"q": "mug"})
    assert said["base"] == "http://testserver/stores/anything/"
    assert client.get("/?store=shop").json()["store"] == "shop"
    assert client.get("/stores/anything").headers["location"] == "anything/"


@pytest.mark.parametrize("path", ["/api/info?store=toys", "/stores/toys/api/info", "/?store=toys"])
def test_an_unknown_store_is_refused_with_the_known_ones(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "no store 'toys'; available: shop, anything",
        "code": "request.unknown-store",
    }


def test_all_stores_start_and_stop_with_the_server(running: set[str]) -> None:
    with TestClient(switch_of({name: app_named(name, running) for name in ("shop", "anything")})):
        assert running == {"shop", "anything"}
    assert running == set()
