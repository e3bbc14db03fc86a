"""The generated parts of the documentation are complete in both languages."""

from collections.abc import Callable

import pytest

from docs_site import command_line, errors, mcp, python, rest, results, settings
from docs_site.texts import LANGUAGES, MissingText, Texts, texts_of

RENDER: dict[str, Callable[[Texts], str]] = {
    "command line": command_line.render,
    "errors": errors.render,
    "settings": settings.render,
    "REST": rest.render,
    "MCP": mcp.render,
    "Python": python.render,
    "results": results.render,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_setting_request_and_tool_has_a_text_and_no_text_is_left_over(language: str) -> None:
    texts = texts_of(language)
    for render in RENDER.values():
        assert render(texts).strip()
    written = {(section, key) for section, values in texts.values.items() for key in values}
    assert written - texts.used == set()


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("command line", "## tag { #tag }"),
        ("command line", "| `--limit N` | Maximum number of tags (default: 10) |"),
        ("command line", "| `--accept TAG INTO` |"),
        ("command line", "| `--engine {local,ray}` |"),
        ("command line", "| `--json` | Print one JSON object on standard output |"),
        ("errors", "| `row.duplicate-id` | duplicate id {id!r}, first seen at {first} |"),
        ("settings", '| `options.model` | `"tagweave/e5-small-products"` |'),
        ("settings", "| `ranker` |  |"),
        ("settings", "### Tagger `knn` { #taggers-knn }"),
        ("REST", "### POST /api/suggest"),
        ("REST", "| `limit` | integer, 1–100 | `10` | how many to return, at most |"),
        ("REST", "| `kind` | `accept`, `reject`, `add`, `remove` |"),
        ("MCP", "### similar"),
        ("MCP", "| `tags` | `list[str]` |"),
        ("Python", "| [`Tagger.undo`][tagger.Tagger.undo] | Undo a decision |"),
        ("results", "](../../images/benchmarks/quality.png)"),
    ],
)
def test_the_reference_says_what_the_product_says(part: str, expected: str) -> None:
    assert expected in RENDER[part](texts_of("en"))


def test_a_text_that_has_not_been_written_is_named_with_what_it_says_in_english() -> None:
    chinese = Texts("chinese.toml", {"command": {}})
    with pytest.raises(MissingText, match='lacks "--fast" under \\["command tag"\\]; in English: \'do less\''):
        chinese.find(("command tag", "command"), "--fast", "do less")
