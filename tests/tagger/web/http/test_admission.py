import time
from types import SimpleNamespace

from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from index.product import make_product
from tagger.evaluation.drift import DriftMonitor
from tagger.web.http.admission import Admission
from tagger.web.scheduling.metrics import Metrics
from tagger.web.service.open_models import OpenModels
from tagger.web.service.questions import Question
from tagger.web.service.tagging import TaggingFacade


def test_a_full_queue_refuses_what_tags_before_it_is_read_and_nothing_else(store):
    models, metrics = OpenModels(store), Metrics()
    tagging = TaggingFacade(store, models, DriftMonitor(), most_waiting=1)
    app = Admission(PlainTextResponse("passed"), service=SimpleNamespace(tagging=tagging), metrics=metrics)
    client = TestClient(app)
    with models.in_turn():
        begun = [tagging.submit(Question((make_product("mug"),)))]
        while tagging.waiting():
            time.sleep(0.001)
        begun.append(tagging.submit(Question((make_product("cup"),))))
        refused = client.post("/v1/suggest", content=b"this is no JSON")
        assert (refused.status_code, refused.json()["code"]) == (429, "request.busy")
        assert int(refused.headers["retry-after"]) >= 1
        assert client.post("/stores/toys/api/suggest").status_code == 200
        assert client.post("/api/suggest").json().keys() == {"error", "code"}
        assert client.get("/v1/info").text == "passed"
        long = client.post("/v1/explain", content=b" " * 100_000)
        assert (long.status_code, long.headers["connection"]) == (429, "close")
    assert all(future.result(60) for future in begun)
    assert client.post("/v1/suggest").text == "passed"
    assert 'tagweave_refusals_total{reason="busy"} 3' in metrics.render()
