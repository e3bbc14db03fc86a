# ruff: noqa: E501
import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import BadInput
from index.files.columns import Columns
from index.files.product_reader import Read, read_profiled
from index.files.profile import FileProfile, profile_file
from index.files.readers.options import ReadingOptions
from index.files.writers.like import write_like
from index.files.writers.tag_cells import CellEdit
from index.product import Product

ADD = CellEdit(added=("new",))

# A name, the content, and the content with the tag "new" on the first product.
FILES = {
    "commas": ("a.csv", "title,tags,price\nMug,\"a, b\",5\nJug,c,6\n", "title,tags,price\nMug,\"a, b, new\",5\nJug,c,6\n"),
    "no spaces": ("a.csv", "title,tags\r\nMug,\"a,b\"\r\nJug,\"a,c\"\r\n", "title,tags\r\nMug,\"a,b,new\"\r\nJug,\"a,c\"\r\n"),
    "semicolons": ("a.csv", "title;tags\nMug;a|b\nJug;c|d\n", "title;tags\nMug;a|b|new\nJug;c|d\n"),
    "all quoted": ("a.csv", '"title","tags"\n"Mug",""\n"Jug","c"\n', '"title","tags"\n"Mug","new"\n"Jug","c"\n'),
    "only where needed": ("a.csv", 'title,tags\n"A ""big"" mug",\nJug,c\n', 'title,tags\n"A ""big"" mug",new\nJug,c\n'),
    "tabs": ("a.tsv", 'title\ttags\nMug 5"\ta|b\nJug\tc\n', 'title\ttags\nMug 5"\ta|b|new\nJug\tc\n'),
    "no line end": ("a.csv", "title,tags\nMug,a", "title,tags\nMug,a|new"),
    "old Macs": ("a.csv", "title,tags\rMug,a|b\rJug,c\r", "title,tags\rMug,a|b|new\rJug,c\r"),
    "a preamble": ("a.csv", "sep=;\nShop export\n\ntitle;tags\nMug;a\n", "sep=;\nShop export\n\ntitle;tags\nMug;a|new\n"),
    "empty extra cells": ("a.csv", "title,tags,,\nMug,a,,\nJug,b,,\n", "title,tags,,\nMug,a|new,,\nJug,b,,\n"),
    "short rows": ("a.csv", "id,title,price,tags\n1,Mug\n2,Jug,5,a\n", "id,title,price,tags\n1,Mug,,new\n2,Jug,5,a\n"),
    "no tags": ("a.csv", "id,title\n1,Mug\n2,Jug\n", "id,title,tags\n1,Mug,new\n2,Jug,\n"),
    "several lines": ("a.csv", 'title,tags\n"Mug\nblue",a\nJug,b\n', 'title,tags\n"Mug\nblue",a|new\nJug,b\n'),
    "backslashes": ("a.csv", 'title,tags\n"A \\"big\\" mug","a"\nJug,b\n', 'title,tags\n"A \\"big\\" mug","a|new"\nJug,b\n'),
    "hashes": ("a.csv", "title,tags\nMug,#a #b\nJug,#c\n", "title,tags\nMug,#a #b #new\nJug,#c\n"),
    "JSON in CSV": ("a.csv", 'title,tags\nMug,"[""a"", ""b""]"\n', 'title,tags\nMug,"[""a"", ""b"", ""new""]"\n'),
    "pandas": ("a.csv", "title,tags\nMug,\"['a', 'b']\"\n", "title,tags\nMug,\"['a', 'b', 'new']\"\n"),
    "paths": ("a.csv", 'title,tags\nMug,"Home > Cups, x"\nJug,"Home > Jugs, y"\n', 'title,tags\nMug,"Home > Cups, x, new"\nJug,"Home > Jugs, y"\n'),
    "a mask": ("a.csv", "title,tags\nMug,'-a\n", "title,tags\nMug,'-a|new\n"),
    "JSON lines": ("a.jsonl", '{"title":"Mug","tags":["a"],"n":1.0}\n\n{"title": "Jug"}\n', '{"title":"Mug","tags":["a","new"],"n":1.0}\n\n{"title": "Jug"}\n'),
    "JSON without tags": ("a.jsonl", '{"title": "Mug", "n": 1}\n', '{"title": "Mug", "n": 1, "tags": ["new"]}\n'),
    "null": ("a.jsonl", '{"tags": null, "title": "Mug"}\n', '{"tags": ["new"], "title": "Mug"}\n'),
    "a text in JSON": ("a.jsonl", '{"title": "Mug", "tags": "a, b"}\n{"title": "Jug", "tags": "a, c"}\n', '{"title": "Mug", "tags": "a, b, new"}\n{"title": "Jug", "tags": "a, c"}\n'),
    "a document": (
        "a.json",
        '{\n  "products": [\n    {\n      "title": "Mug",\n      "tags": [\n        "a",\n        "b"\n      ]\n    }\n  ]\n}\n',
        '{\n  "products": [\n    {\n      "title": "Mug",\n      "tags": [\n        "a",\n        "b",\n        "new"\n      ]\n    }\n  ]\n}\n',
    ),
    "a document without tags": ("a.json", '[\n {\n  "id": 1,\n  "title": "Mug"\n }\n]', '[\n {\n  "id": 1,\n  "title": "Mug",\n  "tags": ["new"]\n }\n]'),
    "objects": ("a.json", '[{"title":"Mug","tags":[{"id":1,"name":"a"}]}]', '[{"title":"Mug","tags":[{"id":1,"name":"a"},{"name": "new"}]}]'),
}  # fmt: skip


def profile_of(path: Path, content: bytes, **options: str) -> FileProfile:
    path.write_bytes(content)
    return profile_file(path, Columns(), ReadingOptions(**options))  # type: ignore[arg-type]


def products(profile: FileProfile) -> list[Read]:
    return [each for each in read_profiled([profile]) if isinstance(each.outcome, Product)]


@pytest.mark.parametrize(("name", "content", "expected"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_only_the_cell_with_the_tags_changes(
    tmp_path: Path, name: str, content: str, expected: str, packed: bool
) -> None:
    suffix, pack, unpack = (".gz", gzip.compress, gzip.decompress) if packed else ("", bytes, bytes)
    profile = profile_of(tmp_path / f"{name}{suffix}", pack(content.encode()))
    out = tmp_path / f"out{Path(name).suffix}{suffix}"
    write_like(profile, out, {})
    if "no tags" not in expected and "tags" in content.split("\n")[0]:
        assert unpack(out.read_bytes()).decode() == content
    first = products(profile)[0]
    assert isinstance(first.outcome, Product)
    write_like(profile, out, {first.line: ADD})
    assert unpack(out.read_bytes()).decode() == expected
    again = products(profile_file(out, Columns(), ReadingOptions()))[0].outcome
    assert isinstance(again, Product)
    assert again.tags == (*first.outcome.tags, "new")


TEXTS = {
    "utf-8": "咖啡杯 Tischläufer",
    "utf-8-sig": "咖啡杯",
    "utf-16": "咖啡杯",
    "gb18030": "双层玻璃咖啡杯，保温耐热，送礼佳品，厨房用品",
    "big5": "雙層玻璃咖啡杯，保溫耐熱，送禮佳品，廚房用品",
    "shift_jis": "ステンレス製のコーヒーカップです。保温できます",
    "cp949": "스테인리스 커피 잔입니다. 따뜻하게 유지됩니다",
    "cp1252": "Tischläufer für größere Gäste, schönes Geschenk",
}


@pytest.mark.parametrize("codec", TEXTS)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_a_file_stays_in_its_encoding(tmp_path: Path, codec: str, name: str) -> None:
    rows = [{"title": TEXTS[codec], "tags": "a|b"}, {"title": f"{TEXTS[codec]} 2", "tags": "c|d"}]
    if name == "a.csv":
        text = "title,tags\n" + "".join(f'"{row["title"]}",{row["tags"]}\n' for row in rows)
    elif name == "a.jsonl":
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    else:
        text = json.dumps(rows, ensure_ascii=False, indent=1)
    profile = profile_of(tmp_path / name, text.encode(codec), encoding=codec)
    out = tmp_path / f"out{Path(name).suffix}"
    write_like(profile, out, {})
    assert out.read_bytes() == text.encode(codec)
    write_like(profile, out, {products(profile)[1].line: ADD})
    assert out.read_bytes() == text.replace("c|d", "c|d|new").encode(codec)


def test_two_codes_of_one_character_stay_as_they_were(tmp_path: Path) -> None:
    # NEC's and IBM's codes of ∵ in Shift-JIS; Python writes the first one.
    content = b"title,tags\n\x81\xe6 \x87\x9a,a|b\n\x81\xe6 \x87\x9a x,c|d\n"
    profile = profile_of(tmp_path / "a.csv", content, encoding="cp932")
    write_like(profile, tmp_path / "out.csv", {2: ADD})
    assert (tmp_path / "out.csv").read_bytes() == content.replace(b"a|b", b"a|b|new")


def test_bytes_that_cannot_be_read_stay_as_they_were(tmp_path: Path) -> None:
    content = b"title,tags\nMug,a|b\n\xff\xfe\x80broken,c\nJug,d|e\n"
    profile = profile_of(tmp_path / "a.csv", content, encoding="utf-8")
    write_like(profile, tmp_path / "out.csv", {4: ADD})
    assert (tmp_path / "out.csv").read_bytes() == content.replace(b"d|e", b"d|e|new")


def test_broken_rows_stay_as_they_were(tmp_path: Path) -> None:
    content = b'title,tags\nMug,a|b\nPan,c,too,many\n"never closed,d\nJug,e|f\n'
    profile = profile_of(tmp_path / "a.csv", content)
    lines = {each.outcome.title: each.line for each in products(profile) if isinstance(each.outcome, Product)}
    write_like(profile, tmp_path / "out.csv", {lines["Jug"]: ADD})
    assert (tmp_path / "out.csv").read_bytes() == content.replace(b"e|f", b"e|f|new")


def test_tags_that_go_are_taken_out_of_their_cell(tmp_path: Path) -> None:
    profile = profile_of(tmp_path / "a.csv", b'title,tags\nMug,"A, b, c"\nJug,"a, b"\n')
    write_like(
        profile, tmp_path / "out.csv", {2: CellEdit(("d, e",), frozenset({"a", "c"})), 3: CellEdit((), frozenset("ab"))}
    )
    assert (tmp_path / "out.csv").read_text("utf-8") == 'title,tags\nMug,"""b"", ""d, e"""\nJug,""\n'
    profile = profile_of(tmp_path / "a.jsonl", b'{"title": "Mug", "tags": ["A" , "b" , "c"]}\n')
    write_like(profile, tmp_path / "out.jsonl", {1: CellEdit((), frozenset({"a"}))})
    assert (tmp_path / "out.jsonl").read_text("utf-8") == '{"title": "Mug", "tags": ["b" , "c"]}\n'


def test_tags_may_go_to_a_column_of_their_own(tmp_path: Path) -> None:
    profile = profile_of(tmp_path / "a.csv", b'title,tags,price\nMug,"a,b",5\n\nJug,"a,c",6\n')
    edits = {2: CellEdit(("x", "y"), replaces=True)}
    write_like(profile, tmp_path / "out.csv", edits, column="suggested")
    expected = 'title,tags,price,suggested\nMug,"a,b",5,"x,y"\n\nJug,"a,c",6,\n'
    assert (tmp_path / "out.csv").read_text("utf-8") == expected
    profile = profile_of(tmp_path / "b.csv", (tmp_path / "out.csv").read_bytes())
    write_like(profile, tmp_path / "out.csv", {2: CellEdit(("z",), replaces=True)}, column="suggested")
    assert (tmp_path / "out.csv").read_text("utf-8") == expected.replace('"x,y"', '"z"')


def test_a_new_cell_cannot_become_a_formula(tmp_path: Path) -> None:
    profile = profile_of(tmp_path / "a.csv", b"title,tags\nMug,\nJug,=a\n")
    write_like(profile, tmp_path / "out.csv", {2: CellEdit(("=1+1",)), 3: ADD})
    assert (tmp_path / "out.csv").read_text("utf-8") == "title,tags\nMug,'=1+1\nJug,=a|new\n"


def test_another_kind_of_file_or_a_tag_without_a_code_is_refused(tmp_path: Path) -> None:
    profile = profile_of(tmp_path / "a.csv", "title,tags\nTischläufer,a\n".encode("latin-1"), encoding="latin-1")
    with pytest.raises(BadInput, match="jsonl"):
        write_like(profile, tmp_path / "out.jsonl", {})
    with pytest.raises(BadInput, match="杯子"):
        write_like(profile, tmp_path / "out.csv", {2: CellEdit(("杯子",))})
    assert not (tmp_path / "out.csv").exists()
    with pytest.raises(BadInput, match="overwrite"):
        write_like(profile, tmp_path / "a.csv", {})


CELL = st.text(st.sampled_from(list("ab,;|\t\"' \n\\x杯é")), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_table_is_written_as_it_came_but_for_the_tags(
    tmp_path: Path, rows: list[tuple[str, str]], delimiter: str, quoting: int, end: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerow(["id", "title", "more", "tags"])
    for number, (title, more) in enumerate(rows):
        writer.writerow([number, f"title {title}", more, "t1|t2"])
    content = text.getvalue().encode()
    profile = profile_of(tmp_path / "a.csv", content, delimiter=delimiter, quote='"')
    write_like(profile, tmp_path / "out.csv", {})
    assert (tmp_path / "out.csv").read_bytes() == content
    write_like(profile, tmp_path / "out.csv", {each.line: ADD for each in products(profile)})
    assert (tmp_path / "out.csv").read_bytes() == content.replace(b"t1|t2", b"t1|t2|new")
