"""Broken rows in a file: each is reported with its line and reason, and the other rows are accepted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

LONG = 10_000_000
GOOD = b'{"id": "good-%d", "title": "mug %d", "tags": ["mug"]}\n'

# Each line with the reason why it is rejected, or an empty string.
JSON_LINES: list[tuple[bytes, str]] = [
    (GOOD % (1, 1), ""),
    (b'{"id": "2", "title": "mug\n', "not JSON: Unterminated string starting at column 22"),
    (b'{"id": "3"}\n', "no title"),
    (b'{"id": "4", "title": null}\n', "no title"),
    (b'{"id": "5", "title": "  "}\n', "title and description are both empty"),
    (b'{"id": "6", "title": 7}\n', "title must be a text, not int"),
    (
        b'{"id": "7", "title": "mug", "tags": 5}\n',
        "tags must be a list of texts, or a text separated by | or ;, not int",
    ),
    (b'{"id": "8", "title": "mug", "tags": ["a", true]}\n', "tags must be a text, not bool"),
    (b'{"id": "9", "title": "mug", "tags": {"a": 1}}\n',
     "tags must be a list of texts, or a text separated by | or ;, not dict"),
    (b'{"id": "10", "title": "m\0g"}\n', "the line contains a NUL byte"),
    (b'{"id": "11", "title": "m\\u0000g"}\n', "title contains a NUL byte"),
    (b'{"id": "12", "title": "mug", "description": "' + b"a" * LONG + b'"}\n',
     "description has 10,000,000 characters; the limit is 200,000"),
    (b'{"id": "good-1", "title": "another"}\n', "duplicate id 'good-1', first seen at rows.jsonl line 1"),
    (b"[1, 2]\n", "not a JSON object but list"),
    (b"not json\n", "not JSON: Expecting value at column 1"),
    (b'{"id": "16", "title": "\xff\xfe"}\n', "byte 23 is not valid utf-8"),
    (b'{"id": ["17"], "title": "mug"}\n', "id must be a text, not list"),
    (b'{"title": "same"}\n', ""),
    (b'{"title": "same"}\n', ""),
    ('{"id": "20", "title": "双门冰箱", "tags": "冰箱|家电"}\n'.encode(), ""),
    (GOOD % (21, 21), ""),
]  # fmt: skip

CSV: list[tuple[bytes, str]] = [
    (b"id,title,description,tags\n", ""),
    (b"good-1,mug,,mug\n", ""),
    (b"3,mug,blue,a,b,c\n", "6 cells but only 4 columns"),
    (b"4\n", "no title"),
    (b"5,,,\n", "title and description are both empty"),
    (b'6,mug,,"[true, 2]"\n', "tags must be a text, not bool"),
    (b'7,mug,,"[""a"""\n', "tags are not a JSON list: "),
    (b"8,m\0g,,\n", "NUL"),
    (b"9,mug," + b"a" * LONG + b",\n", "description has 10,000,000 characters; the limit is 200,000"),
    (b"good-1,another,,\n", "duplicate id 'good-1', first seen at rows.csv line 2"),
    (b'11,"mug,,\n', "not CSV: "),
    ("12,双门冰箱,,冰箱;家电\n".encode(), ""),
    (b"13,m\xffg,,\n", "that cannot be decoded in this file's encoding"),
    (b'14,"a mug,\nof two lines",,mug|a b\n', ""),
    (b"good-16,mug,,\n", ""),
]


@pytest.mark.parametrize(("name", "rows", "accepted"), [("rows.jsonl", JSON_LINES, 5), ("rows.csv", CSV, 4)])
def test_each_broken_row_is_named_by_line_and_reason_and_the_rest_is_taken(
    tagweave: Run, tmp_path: Path, write: Run, name: str, rows: list[tuple[bytes, str]], accepted: int
) -> None:
    path = write(name, b"".join(row for row, _ in rows))
    result = tagweave("ingest", tmp_path / "store", path, "--json").result
    rejects = [json.loads(line) for line in Path(result["rejects"]).read_text("utf-8").splitlines()]
    expected = [(line, reason) for line, (_, reason) in enumerate(rows, start=1) if reason]
    assert [reject["line"] for reject in rejects] == [line for line, _ in expected]
    for reject, (_, reason) in zip(rejects, expected, strict=True):
        assert reject["file"] == str(path)
        assert reason in reject["reason"]
    assert (result["accepted"], result["rejected"]) == (accepted, len(expected))
    assert result["read"] == accepted + len(expected)
    stored = tagweave("search", tmp_path / "store", "", "--limit", 100, "--json").result
    # Two rows of the same texts are one product.
    assert stored["total"] == len({row for row, reason in rows if not reason and b"title," not in row})
    [fridge] = [product for product in stored["products"] if product["title"] == "双门冰箱"]
    assert (fridge["tags"], fridge["lang"]) == (["冰箱", "家电"], "zh")


def test_a_file_of_broken_rows_alone_is_a_mistake_and_leaves_the_store_empty(
    tagweave: Run, tmp_path: Path, write: Run
) -> None:
    mistake = tagweave("ingest", tmp_path / "store", write("a.jsonl", "{\n{}\n")).mistake
    assert "a.jsonl: no row can be read; line 1: not JSON: Expecting property name" in mistake
    info = tagweave("info", tmp_path / "store", "--json").result
    assert (info["products"], info["languages"], info["tags"], info["fitted"]) == (0, {}, 0, False)
    assert tagweave("search", tmp_path / "store", "mug", "--json").result == {"total": 0, "products": []}
    assert tagweave("export", tmp_path / "store", tmp_path / "out.csv", "--json").result["products"] == 0
    assert (tmp_path / "out.csv").read_text().strip() == "id,title,description,lang,tags"


def test_tag_names_the_broken_rows_of_its_file_too(tagweave: Run, stocked: Path, tmp_path: Path, write: Run) -> None:
    path = write("in.jsonl", '{"id": "1", "title": "智能手表"}\n{"id": "2"}\n{"id": "3", "title": "双门冰箱"}\n')
    result = tagweave("tag", stocked, path, tmp_path / "out.jsonl", "--json").result
    assert (result["read"], result["tagged"], result["rejected"]) == (3, 2, 1)
    assert json.loads(Path(result["rejects"]).read_text()) == {
        "file": str(path),
        "line": 2,
        "reason": "no title",
        "code": "row.no-title",
        "params": {},
    }
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [record["id"] for record in records] == ["1", "3"]
