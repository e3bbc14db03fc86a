import json
import logging

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from tagger.web.http.front import Front, path_label
from tagger.web.scheduling.metrics import Metrics


@pytest.fixture
def metrics():
    return Metrics()


def client(metrics, ready=True):
    return TestClient(Front(PlainTextResponse("answer"), metrics=metrics, ready=lambda: ready, logs=True))


def test_every_answer_has_an_id_and_the_usual_headers(metrics):
    asked = client(metrics)
    answer = asked.get("/v1/info", headers={"x-request-id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers
    assert "frame-ancestors 'self'" in asked.get("/").headers["content-security-policy"]
    assert asked.get("/api/info").headers["deprecation"].startswith("@")


@pytest.mark.parametrize("sent", ["a b", "x" * 65, "<script>", ""])
def test_an_id_that_could_do_harm_is_replaced(metrics, sent):
    made = client(metrics).get("/v1/info", headers={"x-request-id": sent}).headers["x-request-id"]
    assert len(made) == 16


def test_health_is_told_without_the_application(metrics):
    assert client(metrics).get("/livez").text == "ok\n"
    assert client(metrics).get("/readyz").status_code == 200
    assert client(metrics, ready=False).get("/readyz").status_code == 503


def test_the_log_and_the_measurements_hold_no_text_of_a_product(metrics, caplog):
    with caplog.at_level(logging.INFO, "tagger.web.requests"):
        client(metrics).get("/v1/search", params={"q": "secret kettle"})
        client(metrics).get("/v1/products/secret-kettle")
    records = [json.loads(record.message) for record in caplog.records if record.name == "tagger.web.requests"]
    assert [(each["path"], each["status"]) for each in records] == [("/v1/search", 200), ("/v1/products", 200)]
    assert "secret" not in caplog.text
    assert "secret" not in metrics.render()
    assert 'tagweave_requests_total{path="/v1/search",status="200"} 1' in metrics.render()


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/v1/suggest/batch", "/v1/suggest"),
        ("/stores/toys/v1/info", "/v1/info"),
        ("/v1/kettle", "/v1/other"),
        ("/api/decisions/7/undo", "/api/decisions"),
        ("/assets/x.js", "page"),
        ("/mcp", "/mcp"),
    ],
)
def test_paths_have_few_labels(path, label):
    assert path_label(path) == label
