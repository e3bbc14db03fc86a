from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.errors import MissingArtifact, StoreLocked
from tagger.web.api.rest import add_routes
from tagger.web.scheduling.errors import Busy


class Failing:
    """A facade whose methods all fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def suggest(self, request: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "line", "code"),
    [
        (MissingArtifact("no models yet;\nrun fit"), 409, "no models yet; run fit", "MissingArtifact"),
        (StoreLocked("in use"), 423, "in use", "StoreLocked"),
        (Busy("request.busy", waiting=2), 429, "2 requests are already waiting; try again in a moment", "request.busy"),
        (RuntimeError("secret"), 500, "something went wrong on our side; see the server's log", "request.failed"),
    ],
)
def test_what_is_wrong_with_the_store_has_a_status_of_its_own(error, status, line, code):
    app = FastAPI()
    add_routes(app, SimpleNamespace(tagging=Failing(error)))
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.post("/api/suggest", json={"text": "mug"})
    assert (answer.status_code, answer.json()) == (status, {"error": line, "code": code})
