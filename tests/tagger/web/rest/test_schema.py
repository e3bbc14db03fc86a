import json
import re

import pytest

from tagger.web.rest.examples import ANSWERS, REQUESTS
from tests.tagger.web.rest.conftest import validate
from tools.openapi import FILE, render


@pytest.fixture(scope="module")
def schema():
    return json.loads(FILE.read_text("utf-8"))


def operations(schema):
    return {
        f"{method.upper()} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def test_the_file_of_the_schema_is_what_the_routes_say():
    assert FILE.read_text("utf-8") == render(), "run: make openapi"


def test_it_is_openapi_3_1_and_all_errors_are_problems(schema):
    assert schema["openapi"].startswith("3.1")
    for name, operation in operations(schema).items():
        assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}, name
        assert "422" not in operation["responses"], name
        assert operation["description"], name


def test_no_request_names_a_path_an_address_or_a_model(schema):
    asked = json.dumps([[each.get("parameters"), each.get("requestBody")] for each in operations(schema).values()])
    names, left = set(re.findall(r'"(?:name|title)": "(\w+)"', asked)), set(re.findall(r"schemas/(\w+)", asked))
    for kind in left:
        names |= schema["components"]["schemas"][kind].get("properties", {}).keys()
    assert {"cursor", "text", "products"} <= names
    assert not {"path", "folder", "url", "uri", "host", "address", "model", "engine", "encoder", "command"} & names


@pytest.mark.parametrize("name", REQUESTS)
def test_an_example_of_a_request_is_a_valid_one(schema, name):
    body = operations(schema)[name]["requestBody"]["content"]["application/json"]
    validate(body["example"], body["schema"], schema)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_example_of_an_answer_is_a_valid_one(schema, name):
    answers = operations(schema)[name]["responses"]
    found = [
        content for each in answers.values() for content in each.get("content", {}).values() if "example" in content
    ]
    assert len(found) == 1
    validate(found[0]["example"], found[0]["schema"], schema)


def test_every_request_with_a_json_body_has_an_example(schema):
    with_body = {
        name
        for name, each in operations(schema).items()
        if "application/json" in each.get("requestBody", {}).get("content", {})
    }
    assert with_body == REQUESTS.keys()


def test_the_page_of_documentation_has_every_request_and_loads_nothing(rest, schema):
    page = rest.get("/v1/docs").text
    for name in operations(schema):
        method, path = name.split()
        assert f"<code>{method} /v1{path}</code>" in page
    assert re.findall(r'(?:src|href)="(?!openapi.json|#)[^"]*"', page) == []
    assert "<script" not in page
    assert rest.get("/v1/openapi.json").json() == schema
