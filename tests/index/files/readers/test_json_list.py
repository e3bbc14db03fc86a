import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.files.readers.json_list import list_rows

RECORDS = st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=50) | st.lists(st.integers()), max_size=4))


def read(text: str, *, codec: str = "utf-8", head: int = 7) -> list[object]:
    data = text.encode(codec)
    rows = list_rows(data[:head], io.BytesIO(data[head:]), lambda: 0, codec)
    assert rows is not None
    return [row.values if row.problem is None else row.problem.code for row in rows]


@given(RECORDS.filter(bool), st.sampled_from([None, 1]), st.booleans())
def test_a_list_is_read_as_the_library_reads_it(records: list[dict[str, object]], indent: int, ascii: bool) -> None:
    assert read(json.dumps(records, indent=indent, ensure_ascii=ascii), head=1 << 20) == records


def test_a_record_may_be_longer_than_what_is_read_at_once() -> None:
    records = [{"title": "x" * 300_000}, {"title": "杯" * 100_000}]
    assert read(json.dumps(records, ensure_ascii=False)) == records
    assert read(json.dumps(records, ensure_ascii=False), codec="gb18030", head=8) == records


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"a": 1}, 2, {"b": 3}]', [{"a": 1}, "row.not-an-object", {"b": 3}]),
        ('[{"a": 1}, {"b": 2', [{"a": 1}, "row.not-json"]),
        ('[{"a": 1},]', [{"a": 1}, "row.not-json"]),
        ('[{"a": 1} {"b": 2}]', [{"a": 1}, "row.not-json"]),
        ('[{"a": 1}] more', [{"a": 1}, "row.not-json"]),
        ('[{"a": 1', ["row.not-json"]),
    ],
)
def test_after_a_mistake_nothing_more_is_read(text: str, expected: list[object]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize("text", ["[]", "[1, 2]", '{"a": [{}]}', "", "title\nmug\n"])
def test_another_beginning_is_no_list_of_objects(text: str) -> None:
    assert list_rows(text.encode(), io.BytesIO(), lambda: 0, "utf-8") is None
