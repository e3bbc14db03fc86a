"""Run the examples of the REST and MCP documentation against a server."""

import json
import re
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[4] / "docs/en/reference"


def blocks(page, language):
    text = (REFERENCE / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        (0, ["['冰箱']", "[{'start': 2, 'end': 4, 'text': '冰箱'}]", "3", "2"]),
        (1, ["True", "True", "True", "4"]),
    ],
)
def test_the_python_of_the_documentation_gets_its_answers(server, capsys, number, printed):
    code = blocks("rest.md", "python")[number].replace("http://localhost:7860", server.url)
    exec(compile(code, "rest.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == printed
    assert len(blocks("rest.md", "python")) == 2


def test_the_address_of_the_tools_is_the_one_that_the_tests_of_the_tools_use():
    [configuration] = [json.loads(block) for block in blocks("mcp.md", "json")]
    assert configuration["mcpServers"]["tagweave"]["url"].endswith("/mcp")
