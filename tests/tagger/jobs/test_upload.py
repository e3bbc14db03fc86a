import gzip
import json
import time
import zipfile
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from index.errors import BadInput
from index.files.columns import Columns
from index.files.field_names import guess_columns
from index.files.product_reader import Reject
from index.files.readers.options import ReadingOptions
from index.files.row_reader import find_layout
from index.messages import Message
from index.product import make_product
from tagger.jobs.upload import inspect_upload, kind_of, mapping, preview_upload, read_as

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
MOST = 100_000


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("a.csv", b"", "empty"),
        ("a.exe", b"title\nmug\n", "kind"),
        ("mug", b"title\nmug\n", "kind"),
        ("a.doc", b"PK\3\4", "kind"),
        ("a.csv", PNG, "not-text"),
        ("a.jsonl", PNG, "not-text"),
        ("a.csv", b"PK\3\4\0\0", "not-text"),
        ("a.csv.gz", b"title\nmug\n", "not-text"),
        ("a.csv", gzip.compress(b"title\nmug\n", mtime=0), "not-text"),
        ("a.parquet", PNG, "not-parquet"),
        ("a.xlsx", PNG, "not-kind"),
        ("a.xlsx", b"PK\3\4 nothing in here", "not-kind"),
        ("a.ods", b"id,title\n", "not-kind"),
        ("a.sqlite", b"id,title\n", "not-kind"),
        ("a.xml", b"<rss><channel><item><title>mug</title></item></channel></rss>", None),
        ("a.parquet", b"PAR1 and no more", "not-parquet"),
        ("a.csv", "title\nmug\n".encode("utf-16"), None),
        ("a.csv", "title\nmug\n".encode("utf-16-le"), None),
        ("a.csv", b"title\nK\x8ache\n", "ambiguous-encoding"),
        ("a.csv", b"title\n", "no-rows"),
        ("a.jsonl", b"no JSON\nat all\n", "no-rows-because"),
        ("a.json", b'[\n{"title": "mug"}\n]', None),
        ("a.jsonl", b"[1, 2]\n", "no-rows-because"),
        ("a.csv", b"title\n" + b"m" * MOST, "too-large"),
        ("a.csv.gz", gzip.compress(b"title\n" + b"m" * MOST, mtime=0), "too-large"),
        ("a.parquet.gz", gzip.compress(bytes(MOST + 1), mtime=0), "too-large"),
    ],
)
def test_a_wrong_file_is_told_by_what_is_wrong(tmp_path: Path, name: str, content: bytes, wrong: str | None) -> None:
    path = written(tmp_path, name, content)
    if wrong is None:
        assert inspect_upload(path, most_bytes=MOST).columns == ["title"]
        return
    with pytest.raises(BadInput) as caught:
        inspect_upload(path, most_bytes=MOST)
    assert caught.value.code == f"upload.{wrong}"


def test_every_kind_of_file_is_looked_into(tmp_path: Path) -> None:
    rows = [{"商品名称": "冰箱", "价格": 1}, {"商品名称": "mug", "价格": 2}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    written(tmp_path, "a.jsonl.gz", gzip.compress(lines.encode()))
    written(tmp_path, "a.csv", "商品名称,价格\n冰箱,1\nmug,2\n".encode("gb18030"))
    for name in ("a.parquet", "a.jsonl.gz", "a.csv"):
        preview = inspect_upload(tmp_path / name, most_bytes=MOST)
        assert preview.columns == ["商品名称", "价格"]
        columns = mapping(guess_columns(preview.columns), preview.columns)
        assert read_as(preview, columns).rows == [make_product("冰箱"), make_product("mug")]


def test_the_kind_keeps_its_packing_and_no_path() -> None:
    assert kind_of("../../A.CSV.GZ") == ".csv.gz"
    assert kind_of("x.y.parquet") == ".parquet"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["id", "title", "tags"], {"id": "id", "title": "title", "tags": "tags"}),
        (["Product Name", "Desc"], {"title": "Product Name", "description": "Desc"}),
        (["name", "title"], {"title": "title"}),
        (
            ["标题", "描述", "语言", "标签", "编号"],
            {"id": "编号", "title": "标题", "description": "描述", "lang": "语言", "tags": "标签"},
        ),
        (["a", "b"], {}),
    ],
)
def test_columns_are_guessed_by_their_names(columns: list[str], expected: dict[str, str]) -> None:
    assert guess_columns(columns) == expected


def test_a_field_left_open_is_read_from_no_column(tmp_path: Path) -> None:
    preview = inspect_upload(written(tmp_path, "a.csv", b"name,tags\nmug,red|blue\n"), most_bytes=MOST)
    assert read_as(preview, mapping({"title": "name", "tags": ""}, preview.columns)).rows == [make_product("mug")]
    assert read_as(preview, mapping({"title": "name", "tags": "tags"}, preview.columns)).rows == [
        make_product("mug", tags=["red", "blue"])
    ]


def test_a_preview_says_what_was_recognised(tmp_path: Path) -> None:
    rows = "id;Titel;Farbe;Schlagworte\n1;Tischläufer;rot;leinen,sommer\n2;Becher;blau;küche,sommer\n"
    preview = inspect_upload(written(tmp_path, "a.csv", rows.encode("cp1252")), most_bytes=MOST)
    found = read_as(preview, mapping({"id": "id", "title": "Titel", "tags": "Schlagworte"}, preview.columns))
    assert (found.format, found.encoding, found.columns, found.tags) == ("plain", "Windows-1252", ";", ",")
    assert "Tischläufer" in found.sample
    assert found.unused == ["Farbe"]


def test_a_mapping_needs_a_title_and_columns_that_are_there() -> None:
    with pytest.raises(BadInput, match="choose the title column"):
        mapping({"title": "", "tags": "a"}, ["a"])
    with pytest.raises(BadInput, match="no column 'b'"):
        mapping({"title": "b"}, ["a"])


def test_a_row_that_is_no_product_is_previewed_with_its_reason(tmp_path: Path) -> None:
    preview = inspect_upload(written(tmp_path, "a.jsonl", b'{"title": "mug"}\n{"title": 5}\n'), most_bytes=MOST)
    assert read_as(preview, Columns()).rows == [
        make_product("mug"),
        Reject("", 2, Message("row.not-text", field=Message("title"), type=Message("int"))),
    ]


def test_a_workbook_that_would_unpack_to_far_more_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 100_000)
    assert (tmp_path / "a.xlsx").stat().st_size < 1000
    with pytest.raises(BadInput) as caught:
        inspect_upload(tmp_path / "a.xlsx", most_bytes=9_000)
    assert caught.value.code == "upload.too-large"


def test_the_preview_of_a_long_file_reads_its_ends_and_its_middle_only(tmp_path: Path) -> None:
    # The only letter beyond ASCII is in the middle.
    rows = [f"{number},Mug number {number},cups|kitchen\n" for number in range(300_000)]
    rows[150_000] = "150000,Müslischüssel für große Tische,küche|schüsseln\n"
    path = written(tmp_path, "a.csv", "".join(["id,title,tags\n", *rows]).encode("latin-1"))
    began = time.perf_counter()
    preview = preview_upload(path)
    assert time.perf_counter() - began < 1
    assert len(preview.rows) == 200
    layout = find_layout(path, ReadingOptions(), preview=True)
    assert layout.encoding
    assert layout.encoding.codec == find_layout(path, ReadingOptions()).encoding.codec
