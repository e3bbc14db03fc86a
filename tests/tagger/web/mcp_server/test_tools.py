"""The official client in the same process, and over HTTP, checks every tool's answer against its schema."""

import asyncio
import json
import sys

import httpx
import pytest
from jsonschema import Draft202012Validator
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.memory import create_connected_server_and_client_session

from index.version import __version__
from tagger.web.mcp_server.server import mcp_server
from tests.tagger.conftest import THIRD_PARTY
from tests.tagger.web.conftest import ROOT

WASHER = "全自动洗衣机 静音"


def asked(service, work):
    async def run():
        async with create_connected_server_and_client_session(mcp_server(service)._mcp_server) as session:
            return await work(session)

    return asyncio.run(run())


def test_every_tool_says_what_it_does_takes_and_gives(service):
    listed = asked(service, lambda session: session.list_tools()).tools
    assert {each.name for each in listed} == {
        "suggest", "suggest_many", "explain", "search", "similar", "decide", "vocabulary",
    }  # fmt: skip
    for tool in listed:
        assert tool.description
        assert tool.outputSchema["type"] == "object"
        assert tool.annotations.readOnlyHint is (tool.name != "decide")


def test_the_server_names_its_own_version_and_how_to_use_it(service):
    async def begin(session):
        return await session.initialize()

    begun = asked(service, begin)
    assert (begun.serverInfo.name, begun.serverInfo.version) == ("Tagweave", __version__)
    assert "known is false" in begun.instructions


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("suggest", {"text": WASHER, "limit": 4}),
        ("suggest_many", {"texts": [WASHER, "steel water bottle"], "limit": 3}),
        ("explain", {"text": WASHER, "tag": "洗衣机"}),
        ("search", {"query": "washing", "limit": 2}),
        ("similar", {"text": "steel water bottle", "limit": 3}),
        ("vocabulary", {"query": "洗衣机"}),
    ],
)
def test_a_tool_answers_in_words_and_as_its_schema_says(service, tool, arguments):
    async def call(session):
        schema = next(each.outputSchema for each in (await session.list_tools()).tools if each.name == tool)
        return schema, await session.call_tool(tool, arguments)

    schema, answer = asked(service, call)
    assert not answer.isError, answer.content
    Draft202012Validator(schema).validate(answer.structuredContent)
    [text] = answer.content
    assert 0 < len(text.text) < 2000


def test_a_suggestion_is_what_rest_answers(service, rest_answer):
    tool = asked(service, lambda session: session.call_tool("suggest", {"text": WASHER, "limit": 4}))
    assert tool.structuredContent == rest_answer


@pytest.fixture
def rest_answer(service):
    from starlette.testclient import TestClient

    from tagger.web.rest.app import v1_app

    return TestClient(v1_app(service)).post("/suggest", json={"text": WASHER, "limit": 4}).json()


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("suggest", {"text": " "}, "the text is empty [value.empty-text]"),
        ("suggest", {"text": "mug", "limit": 1000}, "limit: must be at most 100"),
        ("explain", {"text": WASHER, "tag": "nothing"}, "request.tag-not-suggested"),
        ("decide", {"kind": "accept", "tag": "mug"}, "request.product-or-text"),
    ],
)
def test_a_mistake_is_told_in_one_line(service, tool, arguments, said):
    answer = asked(service, lambda session: session.call_tool(tool, arguments))
    assert answer.isError
    assert said in answer.content[0].text


def test_the_vocabulary_is_a_resource(service):
    async def read(session):
        whole = await session.read_resource("tagweave://vocabulary")
        one = await session.read_resource("tagweave://vocabulary/refrigerator")
        return json.loads(whole.contents[0].text), json.loads(one.contents[0].text)

    whole, one = asked(service, read)
    assert whole["total"] == len(whole["tags"]) > 5
    assert one["labels"]["zh"][0] == "冰箱"


def test_the_tools_are_served_over_http_too(server):
    async def run():
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            async with streamable_http_client(f"{server.url}/mcp", http_client=http) as (read, write, _):
                async with ClientSession(read, write) as session:
                    await session.initialize()
                    return await session.call_tool("suggest", {"text": WASHER, "limit": 3})

    answer = asyncio.run(run())
    assert not answer.isError
    assert answer.structuredContent["tags"][0]["tag"]


def test_the_tools_are_offered_on_standard_input_and_output(store):
    async def run():
        parameters = StdioServerParameters(
            command=sys.executable,
            args=["-m", "tagger.cli", "mcp", str(store.folder)],
            env={"PYTHONPATH": f"{ROOT}:{THIRD_PARTY}"},
        )
        async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            return await session.call_tool("vocabulary", {"query": "冰箱"})

    answer = asyncio.run(run())
    assert answer.structuredContent["total"] >= 1
