import contextlib
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import BadInput
from index.files.columns import Columns
from index.files.product_reader import Original, ProductLimits, Read, Reject, read_products
from index.messages import Message
from index.product import Product, content_id

ReadFile = Callable[..., list[Read]]


@pytest.fixture
def read(tmp_path: Path) -> ReadFile:
    """Write a file and read its products."""

    def products(name: str, data: bytes | str, **options: Any) -> list[Read]:
        (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return list(read_products([tmp_path / name], **options))

    return products


def accepted(found: list[Read]) -> list[Product]:
    return [each.outcome for each in found if isinstance(each.outcome, Product)]


def rejects(found: list[Read]) -> list[tuple[int, str]]:
    return [(each.outcome.line, str(each.outcome.reason)) for each in found if isinstance(each.outcome, Reject)]


def reason(read: ReadFile, record: object) -> str:
    """Return why a single JSON line is rejected."""
    [(line, reason)] = rejects(read("a.jsonl", json.dumps(record) + "\n"))
    assert line == 1
    return reason


def test_a_row_becomes_a_product(read: ReadFile) -> None:
    found = read("a.csv", "id,title,description,lang,tags\n 7 ,Steel mug,350 ml,EN,mug|steel; mug\n")
    assert accepted(found) == [Product("7", "Steel mug", "350 ml", "en", ("mug", "steel"))]
    assert found[0].original is None


def test_id_and_language_are_filled_in_where_they_are_absent_or_empty(read: ReadFile) -> None:
    expected = Product(content_id("冰箱", ""), "冰箱", "", "zh", ())
    for name, text in (
        ("a.csv", "title\n冰箱\n"),
        ("b.csv", "id,title,lang,description,tags\n,冰箱,,,\n"),
        ("c.jsonl", '{"title": "冰箱"}\n'),
        ("d.jsonl", '{"title": "冰箱", "id": null, "lang": null, "description": null, "tags": null}\n'),
        ("e.jsonl", '{"title": "冰箱", "id": " ", "lang": " ", "tags": []}\n'),
    ):
        assert accepted(read(name, text)) == [expected]


def test_a_product_may_have_a_description_only(read: ReadFile) -> None:
    assert accepted(read("a.jsonl", '{"title": "", "description": "steel mug"}\n'))[0].text == "steel mug"


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh_TW", "zh"),
        (" EN-us ", "en"),
        ("English", "en"),
        ("cn", "zh"),
        ("中文", "zh"),
        ("zh-Hant", "zh"),
        ("繁體中文", "zh"),
        ("fr", "other"),
        ("other", "other"),
        ("", "en"),
    ],
)
def test_a_language_is_taken_by_its_main_part(read: ReadFile, lang: str, expected: str) -> None:
    assert accepted(read("a.jsonl", json.dumps({"title": "mug", "lang": lang})))[0].lang == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["a", " b ", "a", ""], ("a", "b")),
        ("a|b; c", ("a", "b", "c")),
        ('["a|b", "c;d"]', ("a|b", "c;d")),
        (["a", None, 3, 4.0, 2.5], ("a", "3", "4", "2.5")),
        ([{"id": 3, "name": "mug"}, {"name": "jug"}], ("mug", "jug")),
        (' ["a"] ', ("a",)),
        ("[]", ()),
        ("", ()),
        ("红色|双门", ("红色", "双门")),
    ],
)
def test_tags_are_a_list_or_a_json_list_or_split_text(read: ReadFile, tags: object, expected: tuple[str, ...]) -> None:
    assert accepted(read("a.jsonl", json.dumps({"title": "mug", "tags": tags})))[0].tags == expected


def test_numbers_serve_as_ids(read: ReadFile) -> None:
    assert [each.id for each in accepted(read("a.jsonl", '{"id": 7, "title": "a"}\n{"id": 0, "title": "b"}\n'))] == [
        "7",
        "0",
    ]


@pytest.mark.parametrize(
    ("cell", "id"),
    [('"=""00690"""', "00690"), ("'00690", "00690"), ("'A-1", "'A-1"), ("00690", "00690"), ("101.0", "101.0")],
)
def test_an_id_keeps_the_zeros_that_a_spreadsheet_would_drop(read: ReadFile, cell: str, id: str) -> None:
    assert accepted(read("a.csv", f"id,title\n{cell},mug\n"))[0].id == id


def test_a_whole_number_with_a_point_is_an_id(read: ReadFile) -> None:
    assert accepted(read("a.jsonl", '{"id": 101.0, "title": "a"}'))[0].id == "101"


@pytest.mark.parametrize("missing", ["nan", "NaN", "None", "NULL", "N/A", " n/a ", "#N/A", "<NA>"])
def test_a_cell_that_says_that_there_is_no_value_is_empty(read: ReadFile, missing: str) -> None:
    cells = ",".join([missing] * 4)
    [found] = read("a.csv", f"id,description,lang,tags,title\n{cells},mug\n")
    assert found.outcome == Product(content_id("mug", ""), "mug", "", "en", ())
    assert found.original is None
    assert rejects(read("b.csv", f"title,tags\n{missing},a\n")) == [(2, "no title")]


def test_what_an_export_masked_is_unmasked(read: ReadFile) -> None:
    found = accepted(read("a.csv", "id,title,tags\n'-1,'=SUM,'+x|y\n2,'Mug',z\n"))
    assert [(each.id, each.title, each.tags) for each in found] == [("-1", "=SUM", ("+x", "y")), ("2", "'Mug'", ("z",))]


def test_columns_map_other_names(read: ReadFile) -> None:
    columns = Columns({"title": "名称", "description": "描述", "tags": "标签", "id": "SKU"})
    found = read("a.csv", "SKU,名称,描述,标签,title\n1,冰箱,双门,家电|冰箱,ignored\n", columns=columns)
    assert accepted(found) == [Product("1", "冰箱", "双门", "zh", ("家电", "冰箱"))]


def test_an_unknown_field_cannot_be_mapped() -> None:
    with pytest.raises(BadInput, match="no field 'name' to map; available: id, title, description, lang, tags"):
        Columns({"name": "title"})


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"description": "mug"}, "no title"),
        ({"title": None}, "no title"),
        ({"title": " ", "description": "<b></b>"}, "title and description are both empty"),
        ({"title": 5}, "title must be a text, not int"),
        ({"title": "a", "description": ["b"]}, "description must be a text, not list"),
        ({"title": "a", "id": 1.5}, "id must be a text, not float"),
        ({"title": "a", "id": True}, "id must be a text, not bool"),
        ({"title": "a", "id": "x" * 257}, "id has 257 characters; the limit is 256"),
        ({"title": "a", "lang": 3}, "lang must be a text, not int"),
        ({"title": "a", "lang": "x" * 33}, "lang has 33 characters; the limit is 32"),
        ({"title": "a", "tags": 3}, "tags must be a list of texts, or a text separated by | or ;, not int"),
        ({"title": "a", "tags": {"b": 1}}, "tags must be a list of texts, or a text separated by | or ;, not dict"),
        ({"title": "a", "tags": ["b", True]}, "tags must be a text, not bool"),
        ({"title": "a", "tags": ["b", ["c"]]}, "tags must be a text, not list"),
        ({"title": "a", "tags": [{"id": 3}]}, "tags must be a text, not dict"),
        ({"title": "a", "tags": "[true]"}, "tags must be a text, not bool"),
        ({"title": "a", "tags": "x" * 201}, "tags has 201 characters; the limit is 200"),
        ({"title": "a", "tags": ["x"] * 1001}, "1,001 tags; the limit is 1,000"),
        ({"title": "a", "tags": '["b"'}, "tags are not a JSON list: Expecting ',' delimiter: line 1 column 5 (char 4)"),
        ({"title": "a\0b"}, "title contains a NUL byte"),
        ({"title": "a", "description": "\0"}, "description contains a NUL byte"),
        ({"title": "a", "id": "\0"}, "id contains a NUL byte"),
        ({"title": "a", "tags": ["b\0"]}, "tags contains a NUL byte"),
        ({"title": "a\ud83d"}, "title has a character at 1 that cannot be decoded in this file's encoding"),
        (
            {"title": "a", "tags": ["\udc00"]},
            "tags has a character at 0 that cannot be decoded in this file's encoding",
        ),
        (
            {"title": "a", "description": "x" * 10_000_000},
            "description has 10,000,000 characters; the limit is 200,000",
        ),
        (["title"], "not a JSON object but list"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_row_that_cannot_be_a_product_is_rejected_with_its_reason(
    read: ReadFile, record: object, expected: str
) -> None:
    assert reason(read, record) == expected


@pytest.mark.parametrize("tags", ["[" * 100_000, "[" + "1" * 5000 + "]"])
def test_tags_that_no_parser_reads_are_rejected(read: ReadFile, tags: str) -> None:
    assert reason(read, {"title": "a", "tags": tags}).startswith("tags are not a JSON list: ")


def test_the_limits_can_be_set(read: ReadFile) -> None:
    limits = ProductLimits(text_chars=3, id_chars=2, tag_chars=1, tags=1)
    lines = [
        {"title": "abcd"},
        {"title": "abc", "id": "123"},
        {"title": "a", "tags": "bc"},
        {"title": "a", "tags": "b|c"},
    ]
    lines += [{"title": "abc", "id": "12", "tags": "b"}]
    found = read("a.jsonl", "\n".join(map(json.dumps, lines)), limits=limits)
    assert rejects(found) == [
        (1, "title has 4 characters; the limit is 3"),
        (2, "id has 3 characters; the limit is 2"),
        (3, "tags has 2 characters; the limit is 1"),
        (4, "2 tags; the limit is 1"),
    ]
    assert accepted(found) == [Product("12", "abc", "", "en", ("b",))]


def test_in_a_bad_csv_file_every_row_is_accepted_or_rejected_with_its_line(read: ReadFile) -> None:
    data = b"".join(
        [
            b"id,title,description,tags\n",
            b"1,mug,,\n",  # line 2
            b"2,mug,,,more\n",  # 3
            '3,"two\n双",,\n'.encode(),  # 4 and 5
            b"1,again,,\n",  # 6
            b"4,raw\0nul,,\n",  # 7
            b"5,\xff\xfe,,\n",  # 8
            b"6,\n",  # 9
            b'7,cup,,"[1"\n',  # 10
            b"\n",  # 11
            b"8," + b"x" * 200_001 + b",,\n",  # 12
            b'9,"not closed,,\n',  # 13
            b"10,jug,,a|b\n",  # 14
        ]
    )
    found = read("a.csv", data)
    assert [(each.id, each.title) for each in accepted(found)] == [("1", "mug"), ("3", "two 双"), ("10", "jug")]
    assert rejects(found) == [
        (3, "5 cells but only 4 columns"),
        (6, "duplicate id '1', first seen at a.csv line 2"),
        (7, "title contains a NUL byte"),
        (8, "title has a character at 0 that cannot be decoded in this file's encoding"),
        (9, "title and description are both empty"),
        (10, "tags are not a JSON list: Expecting ',' delimiter: line 1 column 3 (char 2)"),
        (12, "title has 200,001 characters; the limit is 200,000"),
        (13, "not CSV: unexpected end of data"),
    ]
    assert len(found) == len(accepted(found)) + len(rejects(found)) == 11


def test_in_gb18030_a_row_with_a_broken_byte_is_rejected_alone(read: ReadFile) -> None:
    found = read("a.csv", "title\n双门冰箱\n".encode("gb18030") + b"\xb1\xff\n" + "洗衣机\n".encode("gb18030"))
    assert [each.title for each in accepted(found)] == ["双门冰箱", "洗衣机"]
    assert rejects(found) == [(3, "title has a character at 0 that cannot be decoded in this file's encoding")]


def test_an_id_met_a_second_time_is_rejected_across_files_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,title\n1,mug\n2,cup\n")
    (tmp_path / "b.jsonl").write_text('{"id": 1, "title": "jug"}\n{"title": "cup"}\n{"id": "2", "title": "pan"}\n')
    found = list(read_products([tmp_path / "a.csv", tmp_path / "b.jsonl"]))
    assert [each.title for each in accepted(found)] == ["mug", "cup", "cup"]
    assert [each.outcome for each in found if isinstance(each.outcome, Reject)] == [
        Reject(str(tmp_path / "b.jsonl"), 1, Message("row.duplicate-id", id="1", first="a.csv line 2")),
        Reject(str(tmp_path / "b.jsonl"), 3, Message("row.duplicate-id", id="2", first="a.csv line 3")),
    ]


def test_rows_without_an_id_are_one_product_with_the_tags_of_all(read: ReadFile) -> None:
    found = read("a.csv", "title,description,tags\nmug,blue,a\ncup,,b\n mug,blue,c\nmug,red,d\nmug,blue,a\n")
    assert rejects(found) == []
    assert [(each.title, each.tags) for each in accepted(found)] == [
        ("mug", ("a",)),
        ("cup", ("b",)),
        ("mug", ("a", "c")),
        ("mug", ("d",)),
        ("mug", ("a", "c")),
    ]
    first, _, third, fourth, last = accepted(found)
    assert first.id == third.id == last.id == content_id("mug", "blue") != fourth.id


def test_a_row_says_where_it_is_and_whether_it_has_tags(read: ReadFile) -> None:
    found = read("a.jsonl", '{"title": "mug"}\n\n{"title": "cup", "tags": []}\n{"title": "", "tags": null}\n')
    assert [(each.line, each.has_tags) for each in found[:2]] == [(1, False), (3, True)]
    assert [each.has_tags for each in read("b.csv", "title,tags\nmug,\ncup,nan\n")] == [True, True]
    assert [each.has_tags for each in read("c.csv", "title,price\nmug,1\n")] == [False]


def test_texts_keep_their_characters_and_match_in_plain_characters(read: ReadFile) -> None:
    titles = ["1½ l", "10⁵", "Northvale™", "Pen&notebook", "<Limited Edition>", "น้ำ", "ＡＢＣ"]
    found = accepted(read("a.csv", "title,tags\n" + "".join(f"{title},{title}\n" for title in titles)))
    assert [each.title for each in found] == titles
    assert [each.tags for each in found] == [(title,) for title in titles]
    assert found[0].text == "11⁄2 l"
    assert found[6].id == content_id("ABC", "")


def test_pictures_and_scripts_do_not_count_as_text(read: ReadFile) -> None:
    picture = f'<img src="data:image/png;base64,{"iVBOR" * 60_000}">'
    script = f"<script>{'x' * 250_000}</script>"
    found = read("a.csv", f'title,description\nmug,"blue {picture.replace(chr(34), chr(34) * 2)} {script} mug"\n')
    assert [each.description for each in accepted(found)] == ["blue mug"]
    assert found[0].original is not None
    assert len(found[0].original.description) < 100


def test_the_id_of_a_rejected_row_is_free_for_the_next(read: ReadFile) -> None:
    found = read("a.csv", "id,title\n1,\n1,mug\n")
    assert rejects(found) == [(2, "title and description are both empty")]
    assert [each.title for each in accepted(found)] == ["mug"]


def test_the_original_texts_are_kept_where_cleaning_changed_them(read: ReadFile) -> None:
    found = read("a.csv", "title,description\n<b>Mug</b>,&amp;\nmug,\nmug, x\n")
    assert [each.original for each in found] == [Original("<b>Mug</b>", "&amp;"), None, Original("mug", " x")]


def test_a_product_read_again_in_its_clean_form_is_the_same(read: ReadFile) -> None:
    [first] = accepted(
        read("a.jsonl", json.dumps({"title": "&amp;lt;b&amp;gt;＜i＞mug", "tags": ["e\u200b\u0301", "a|b"]}))
    )
    record = {"id": first.id, "title": first.title, "lang": first.lang, "tags": first.tags}
    assert accepted(read("b.jsonl", json.dumps(record))) == [first]


PIECES = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"title", b"tags", b"{", b"}", b"[", b"]", b":", b"\\ud800", b"\xff", b"\0"]
)
NAMES = st.sampled_from(["a.csv", "a.jsonl", "a.csv.gz", "a.jsonl.gz", "a.parquet", "a.parquet.gz"])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES, st.one_of(st.binary(), st.lists(PIECES).map(b"".join)), st.booleans())
def test_whatever_a_file_holds_each_row_has_an_outcome_or_the_file_is_refused(
    read: ReadFile, name: str, data: bytes, packed: bool
) -> None:
    data = b"title,tags\n" + data if name.startswith("a.csv") else data
    # Any error other than `BadInput` fails the test.
    with contextlib.suppress(BadInput):
        found = read(name, gzip.compress(data) if packed else data)
        lines = [each.outcome.line for each in found if isinstance(each.outcome, Reject)]
        assert lines == sorted(set(lines))
