"""One product gets the same answer through every interface."""

import ast
import asyncio
import json
import re

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from index.product import make_product
from tagger.cli import commands
from tagger.cli.parser import parse_args
from tagger.load import open_pipeline
from tagger.web.tag.view import TagTabView

TEXTS = ("全自动洗衣机 静音，节能", "Stainless steel insulated water bottle 750ml, keeps drinks cold for 24 hours")
LIMIT = 8
PATH = "/gradio_api/mcp/"


def with_tools(url, work):
    """Run `work` with a session of the official MCP client connected to the server."""

    async def connected():
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            async with streamable_http_client(url + PATH, http_client=http) as (read, write, _):
                async with ClientSession(read, write) as session:
                    await session.initialize()
                    return await work(session)

    return asyncio.run(connected())


def called(url, tool, **arguments):
    result = with_tools(url, lambda session: session.call_tool(tool, arguments))
    [content] = result.content
    return result.isError, content.text


def rest(url, path, **body):
    return httpx.post(f"{url}/api/{path}", json=body, timeout=60, trust_env=False).json()


def same(tags, expected):
    assert [each["tag"] for each in tags] == [each["tag"] for each in expected]
    for mine, other in zip(tags, expected, strict=True):
        assert mine["probability"] == pytest.approx(other["probability"], abs=1e-6)
        assert (mine["accepted"], mine["labels"]) == (other["accepted"], other["labels"])
        assert mine["evidence"]["shares"] == other["evidence"]["shares"]


@pytest.mark.parametrize("text", TEXTS, ids=["zh", "en"])
def test_python_command_line_rest_endpoint_tool_and_page_give_the_same_tags(server, client, store, service, text):
    answer = open_pipeline(store).explain(make_product(text), LIMIT).as_dict()
    expected = json.loads(json.dumps(answer["tags"]))
    printed = commands.suggest(parse_args(["suggest", str(store.folder), text, "--limit", str(LIMIT), "--json"]))
    failed, tool = called(server.url, "suggest", text=text, limit=LIMIT)
    assert not failed
    same(json.loads(json.dumps(printed["tags"])), expected)
    same(rest(server.url, "suggest", text=text, limit=LIMIT)["tags"], expected)
    same(client.predict(text, "", LIMIT, api_name="/suggest")["tags"], expected)
    same(ast.literal_eval(tool)["tags"], expected)
    shown = re.findall(r'data-tag="([^"]+)".*?<output>(\d+%)</output>', TagTabView(service).suggest_tags(text, LIMIT))
    accepted = [each for each in expected if each["accepted"]]
    # The page shows accepted tags facet by facet, in the order of each facet's first tag, and those of no facet last.
    facets = list(dict.fromkeys(each["facet"] for each in accepted))
    by_facet = sorted(accepted, key=lambda each: (not each["facet"], facets.index(each["facet"])))
    in_order = [*by_facet, *(each for each in expected if not each["accepted"])]
    assert shown == [(each["tag"], f"{each['probability']:.0%}") for each in in_order]


@pytest.mark.parametrize("text", TEXTS, ids=["zh", "en"])
def test_a_tag_is_explained_everywhere_as_it_was_suggested(server, client, store, text):
    suggested = open_pipeline(store).explain(make_product(text), LIMIT).as_dict()["tags"][1]
    expected = json.loads(json.dumps(suggested)) | {"threshold": open_pipeline(store).threshold}
    expected |= {"known": True, "reason": "", "reason_code": ""}
    label = expected["labels"]["zh"]
    assert rest(server.url, "explain", text=text, tag=label) == expected
    assert client.predict(text, label.upper(), api_name="/explain") == expected
    assert ast.literal_eval(called(server.url, "explain", text=text, tag=expected["tag"])[1]) == expected


def test_similar_products_are_the_same_everywhere_by_texts_and_by_id(server, client, service, store):
    product = next(each for each in store.catalogue.products() if "washing machine" in each.tags)
    expected = [(each.id, score) for each, score in service.catalogue.product(product.id).similar]
    by_texts = {"text": product.title, "description": product.description}
    answers = [
        rest(server.url, "similar", id=product.id),
        client.predict(id=product.id, api_name="/similar"),
        ast.literal_eval(called(server.url, "similar", id=product.id)[1]),
    ]
    for answer in answers:
        assert [(each["id"], each["similarity"]) for each in answer["products"]] == expected
    texts = client.predict(**by_texts, limit=9, api_name="/similar")["products"]
    assert texts[0]["id"] == product.id, "a text is no product, also where it is a product's"
    kept = [each["id"] for each in texts[1:]]
    assert kept[:8] == [id for id, _ in expected]
    assert (
        texts == rest(server.url, "similar", title=product.title, description=product.description, limit=9)["products"]
    )


def test_a_search_finds_the_same_everywhere(server, client):
    expected = client.predict("washing", ["洗衣机"], "en", 5, 5, api_name="/search")
    arguments = {"query": "washing", "tags": ["洗衣机"], "lang": "en", "limit": 5, "offset": 5}
    assert ast.literal_eval(called(server.url, "search", **arguments)[1]) == expected
    params = {"q": "washing", "tag": "洗衣机", "lang": "en", "limit": 5, "offset": 5}
    assert httpx.get(f"{server.url}/api/search", params=params, trust_env=False, timeout=60).json() == expected


@pytest.mark.parametrize(
    ("path", "arguments", "line"),
    [
        ("explain", {"text": "冰箱", "tag": "no such tag"}, "tag: no tagger suggests it for this product"),
        ("explain", {"text": "", "tag": "refrigerator"}, "the text is empty"),
        ("explain", {"text": "冰箱", "tag": "a" * 201}, "tag: more than 200 characters"),
        ("similar", {"id": "none"}, "this product is no longer in the catalogue"),
        ("similar", {"id": "none", "text": "mug"}, "pass either an id, or texts"),
        ("similar", {}, "the text is empty"),
        ("similar", {"text": "mug", "limit": 0}, "limit: must be at least 1"),
    ],
)
def test_a_mistake_is_one_line_over_rest_and_for_a_tool(server, path, arguments, line):
    assert rest(server.url, path, **arguments)["error"] == line
    assert called(server.url, path, **arguments) == (True, line)


def test_the_tools_and_all_they_take_are_described(server):
    listed = with_tools(server.url, lambda session: session.list_tools())
    tools = {tool.name: tool for tool in listed.tools}
    assert tools.keys() == {"suggest", "search", "similar", "explain"}
    for tool in tools.values():
        assert "Returns: " in tool.description
        assert all(len(each["description"]) > 20 for each in tool.inputSchema["properties"].values())
    assert tools["explain"].inputSchema["required"] == ["text", "tag"]


def test_the_page_describes_each_endpoint_its_parameters_and_its_answer(client):
    described = client.view_api(return_format="dict")
    assert described["unnamed_endpoints"] == {}
    assert described["named_endpoints"].keys() == {"/suggest", "/search", "/similar", "/explain"}
    for endpoint in described["named_endpoints"].values():
        assert len(endpoint["description"]) > 60
        for each in [*endpoint["parameters"], *endpoint["returns"]]:
            assert len(each["python_type"]["description"]) > 20
            assert each["label"] in (each.get("parameter_name"), "answer")
