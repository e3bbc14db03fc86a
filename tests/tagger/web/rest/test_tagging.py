import json

import pytest

from index.product import make_product
from tagger.load import open_pipeline

WASHER = "全自动洗衣机 静音"
BOTTLE = "Stainless steel insulated water bottle 750ml, keeps drinks cold for 24 hours"


def plain(value):
    return json.loads(json.dumps(value))


def test_a_suggestion_is_what_the_pipeline_says_with_its_evidence(rest, store):
    answer = rest.post("/v1/suggest", json={"text": BOTTLE, "limit": 7, "id": "my-1"}).json()
    expected = open_pipeline(store).explain(make_product(BOTTLE), 7)
    assert answer["id"] == "my-1"
    assert [each["tag"] for each in answer["tags"]] == [each.tag for each in expected.tags]
    for mine, other in zip(answer["tags"], plain(expected.as_dict()["tags"]), strict=True):
        assert mine["evidence"]["spans"] == other["evidence"]["spans"]
        assert [each["contribution"] for each in mine["evidence"]["shares"]] == [
            each["contribution"] for each in other["evidence"]["shares"]
        ]
        assert mine["probability"] == pytest.approx(other["probability"], abs=1e-6)
    assert answer["models"] == store.manifest().publications["fitted"].folder


def test_a_brief_answer_has_the_same_tags_without_evidence(rest):
    whole = rest.post("/v1/suggest", json={"text": WASHER}).json()
    brief = rest.post("/v1/suggest", json={"text": WASHER, "brief": True}).json()
    assert [(each["tag"], each["accepted"], each["labels"]) for each in brief["tags"]] == [
        (each["tag"], each["accepted"], each["labels"]) for each in whole["tags"]
    ]
    assert [each["probability"] for each in brief["tags"]] == pytest.approx(
        [each["probability"] for each in whole["tags"]], abs=1e-3
    )
    assert all("evidence" in each for each in whole["tags"])
    assert not any("evidence" in each for each in brief["tags"])


@pytest.mark.parametrize("changed", [{"without": ["lexical"]}, {"threshold": 0.995}, {"diversity": 0.9}])
def test_a_question_asked_in_another_way_gets_another_answer(rest, changed):
    usual = rest.post("/v1/suggest", json={"text": BOTTLE, "brief": True, "limit": 4}).json()
    other = rest.post("/v1/suggest", json={"text": BOTTLE, "brief": True, "limit": 4, **changed}).json()
    assert usual["tags"] != other["tags"]


def test_many_products_are_tagged_together_and_a_bad_one_stops_none(rest):
    products = [{"title": f"{WASHER} {place}", "id": f"p{place}"} for place in range(40)]
    products[3] = {"title": " ", "id": "p3"}
    results = rest.post("/v1/suggest/batch", json={"products": products, "limit": 3}).json()["results"]
    assert [each["suggestions"]["id"] for each in results if "suggestions" in each] == [
        f"p{place}" for place in range(40) if place != 3
    ]
    assert results[3]["problem"]["code"] == "value.empty-text"
    alone = rest.post("/v1/suggest", json={"title": f"{WASHER} 7", "limit": 3, "brief": True}).json()
    together = results[7]["suggestions"]["tags"]
    assert [each["tag"] for each in alone["tags"]] == [each["tag"] for each in together]
    assert [each["probability"] for each in alone["tags"]] == pytest.approx(
        [each["probability"] for each in together], abs=1e-3
    )


def test_a_tag_is_explained_by_any_of_its_names(rest):
    answer = rest.post("/v1/explain", json={"text": WASHER, "tag": "洗衣机"}).json()
    assert answer["tag"] == "washing machine"
    assert {"start": 3, "end": 6, "text": "洗衣机"} in answer["evidence"]["spans"]
    unknown = rest.post("/v1/explain", json={"text": WASHER, "tag": "no such tag"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "request.tag-not-suggested")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "value.empty-text"),
        ({"text": "a", "title": "b"}, 400, "request.text-or-title"),
        ({"text": "a", "limit": 0}, 422, "request.field"),
        ({"text": "a", "colour": 1}, 422, "request.field"),
        ({"text": "a", "without": ["no such tagger"]}, 400, "value.choices"),
        ([], 422, "request.field"),
    ],
)
def test_a_mistake_is_a_problem_with_a_code_and_both_languages(rest, body, status, code):
    answer = rest.post("/v1/suggest", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"]
    assert any("\u4e00" <= each <= "\u9fff" for each in answer.json()["detail_zh"])


def test_a_request_that_has_no_time_is_dropped(rest):
    answer = rest.post("/v1/suggest", json={"text": "steel kettle"}, headers={"x-request-timeout": "0.0001"})
    assert (answer.status_code, answer.json()["code"]) == (504, "request.too-late")
    assert (
        rest.post("/v1/suggest", json={"text": "steel kettle"}, headers={"x-request-timeout": "0"}).status_code == 422
    )


def test_an_unknown_path_says_where_all_are_described(rest):
    answer = rest.get("/v1/nothing")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "no such request: /v1/nothing; all requests are at /v1/docs"
    assert rest.put("/v1/suggest").status_code == 405


def test_a_long_answer_is_packed_for_a_client_that_unpacks(rest):
    answer = rest.post("/v1/suggest", json={"text": BOTTLE}, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["tags"]
