import contextlib
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from gradio_client.exceptions import AppError

from index.catalogue.query import Query
from index.product import make_product
from tagger.load import open_pipeline
from tagger.search.search import by_words
from tagger.web.service.catalogue import page_record
from tagger.web.service.requests import SearchRequest, SimilarRequest, SuggestRequest

BOTTLE = "Stainless steel insulated water bottle 750ml, keeps drinks cold for 24 hours"


def test_suggest_answers_what_the_pipeline_says(client, store):
    answer = client.predict(BOTTLE, "", 6, api_name="/suggest")
    tags = [result.as_dict() for result in open_pipeline(store).explain(make_product(BOTTLE), 6).tags]
    assert answer["tags"] == json.loads(json.dumps(tags))


def test_suggest_takes_a_description_and_has_defaults(client, store):
    answer = client.predict("冰箱", description="节能", api_name="/suggest")
    tags = [result.tag for result in open_pipeline(store).explain(make_product("冰箱", "节能"), 10).tags]
    assert [each["tag"] for each in answer["tags"]] == tags


def test_search_answers_what_the_catalogue_holds(client, store):
    answer = client.predict("washing", ["洗衣机"], "en", 5, 5, api_name="/search")
    page = by_words(store, Query("washing", ["洗衣机"], "en", "relevance", 5, 5))
    assert answer == json.loads(json.dumps(page_record(page)))
    assert answer["total"] > 5


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("", "", 5), "the text is empty"),
        (("a" * 200_001, "", 5), "text: more than 200,000 characters"),
        (("a", "", 0), "limit: must be at least 1"),
        ((["a"], "", 5), "text: must be a text"),
    ],
)
def test_a_mistake_is_told_to_the_client(client, arguments, line):
    with pytest.raises(AppError, match=line):
        client.predict(*arguments, api_name="/suggest")


def test_many_clients_at_once_get_the_answer_of_one(server, client, connected):
    alone = client.predict(BOTTLE, "", 5, api_name="/suggest")["tags"]

    def ask(number: int) -> object:
        body = {"text": BOTTLE, "limit": 5}
        if number % 2:
            return httpx.post(f"{server.url}/api/suggest", json=body, timeout=60, trust_env=False).json()["tags"]
        with contextlib.closing(connected(server.url)) as one:
            return one.predict(BOTTLE, "", 5, api_name="/suggest")["tags"]

    with ThreadPoolExecutor(8) as threads:
        assert all(tags == alone for tags in threads.map(ask, range(16)))


@pytest.mark.parametrize(
    ("endpoint", "request_type"), [("suggest", SuggestRequest), ("search", SearchRequest), ("similar", SimilarRequest)]
)
def test_an_endpoint_gives_as_many_as_rest_and_says_how_many_are_allowed(client, endpoint, request_type):
    described = client.view_api(return_format="dict")["named_endpoints"][f"/{endpoint}"]["parameters"]
    [limit] = [each for each in described if each["parameter_name"] == "limit"]
    schema = request_type.model_json_schema()["properties"]["limit"]
    assert limit["parameter_default"] == schema["default"]
    assert f"{schema['minimum']} to {schema['maximum']}" in limit["python_type"]["description"]
