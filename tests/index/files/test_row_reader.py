import gzip
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from index.errors import BadInput
from index.files.row_reader import FileRow, check, read_rows

RECORDS = [{"id": "1", "title": "Steel mug, blue"}, {"id": "2", "title": "双门冰箱"}]
Pack = Callable[[Sequence[dict[str, str]]], bytes]


def separated(by: str) -> Pack:
    def pack(records: Sequence[dict[str, str]]) -> bytes:
        lines = [by.join(f'"{cell}"' for cell in cells) for cells in (records[0], *(each.values() for each in records))]
        return "".join(line + "\r\n" for line in lines).encode()

    return pack


def json_lines(records: Sequence[dict[str, str]]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def parquet(table: pyarrow.Table) -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file)
    return file.getvalue()


def parquet_of(records: Sequence[dict[str, str]]) -> bytes:
    return parquet(pyarrow.Table.from_pylist(list(records)))


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str, bytes], list[FileRow]]:
    """Write a file and read its rows."""

    def rows(name: str, data: bytes) -> list[FileRow]:
        (tmp_path / name).write_bytes(data)
        return list(read_rows(tmp_path / name))

    return rows


Read = Callable[[str, bytes], list[FileRow]]


def problems(rows: list[FileRow]) -> list[tuple[int, str]]:
    return [(row.line, str(row.problem)) for row in rows if row.values is None]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize(
    ("name", "pack", "first_line"),
    [
        ("a.csv", separated(","), 2),
        ("semicolon.csv", separated(";"), 2),
        ("tab.tsv", separated("\t"), 2),
        ("tab.CSV", separated("\t"), 2),
        ("a.jsonl", json_lines, 1),
        ("a.ndjson", json_lines, 1),
        ("a.json", json_lines, 1),
        ("a.parquet", parquet_of, 1),
    ],
)
def test_every_kind_of_file_gives_the_same_rows(
    read: Read, name: str, pack: Pack, first_line: int, *, packed: bool
) -> None:
    data = pack(RECORDS)
    rows = read(name + ".gz", gzip.compress(data, mtime=0)) if packed else read(name, data)
    assert [(row.line, row.values, row.problem) for row in rows] == [
        (first_line, RECORDS[0], None),
        (first_line + 1, RECORDS[1], None),
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_the_position_grows_to_the_size_of_the_file(read: Read, name: str) -> None:
    records = [{"id": str(number), "title": "mug " * 50} for number in range(1000)]
    data = (separated(",") if name == "a.csv" else json_lines)(records)
    positions = [row.position for row in read(name, data)]
    assert positions == sorted(positions)
    assert 0 < positions[0] < positions[-1] == len(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_utf_8_with_and_without_bom_and_gb18030_are_told_apart(read: Read, name: str, encoding: str) -> None:
    text = "id,title\n1,双门冰箱\n2,洗衣机\n3,mug\n"
    if name == "a.jsonl":
        text = '{"id": "1", "title": "双门冰箱"}\n{"id": "2", "title": "洗衣机"}\n{"id": "3", "title": "mug"}\n'
    rows = read(name, text.encode(encoding))
    assert [row.values for row in rows] == [
        {"id": "1", "title": "双门冰箱"},
        {"id": "2", "title": "洗衣机"},
        {"id": "3", "title": "mug"},
    ]


def test_in_json_lines_a_broken_line_of_gb18030_is_the_only_problem(read: Read) -> None:
    good = '{"title": "洗衣机"}\n'.encode("gb18030")
    rows = read("a.jsonl", good + b'{"title": "\xff"}\n' + good)
    assert [row.values for row in rows] == [{"title": "洗衣机"}, None, {"title": "洗衣机"}]
    assert problems(rows) == [(2, "byte 11 is not valid gb18030")]


def test_in_json_lines_a_broken_line_of_utf_8_is_the_only_problem(read: Read) -> None:
    # The last character is cut after two of three bytes. As GB18030, all lines would decode, but to wrong text.
    rows = read("a.jsonl", '{"title": "冰箱"}\n'.encode() * 2 + b'{"title": "\xe5\x86"}\n')
    assert [row.values for row in rows] == [{"title": "冰箱"}, {"title": "冰箱"}, None]
    assert problems(rows) == [(3, "byte 11 is not valid utf-8")]


@pytest.mark.parametrize(
    "wrapped", ["%s", '{"products": %s}', '{"count": 2, "data": {"page": 1, "items": %s, "ids": [1, 2, 3]}}']
)
def test_a_json_file_may_be_a_list_also_inside_an_object(read: Read, wrapped: str) -> None:
    listed = json.dumps([*RECORDS, 7], ensure_ascii=False, indent=1)
    rows = read("a.json", (wrapped % listed).encode())
    assert [row.values for row in rows] == [*RECORDS, None]
    assert problems(rows) == [(3, "not a JSON object but int")]
    assert [row.values for row in read("b.json.gz", gzip.compress((wrapped % listed).encode("gb18030")))][:2] == RECORDS


def test_one_json_object_is_one_product(read: Read) -> None:
    assert [row.values for row in read("a.json", b'{"title": "mug", "tags": [{"name": "a"}]}')] == [
        {"title": "mug", "tags": [{"name": "a"}]}
    ]


def test_lines_without_json_objects_are_named_and_the_next_ones_read(read: Read) -> None:
    lines = [
        b"",
        b'{"title": "a"}',
        b"  ",
        b"{title}",
        b"[1]",
        b'"text"',
        b"null",
        b'{"title": "a\0"}',
        b'{"title": ' + b"[" * 100_000,
        b'{"title": ' + b"1" * 5000 + b"}",
        b'{"title": "b"}',
    ]
    rows = read("a.jsonl", b"\n".join(lines))
    assert [(row.line, row.values) for row in rows if row.values] == [(2, {"title": "a"}), (11, {"title": "b"})]
    assert problems(rows)[:-1] == [
        (4, "not JSON: Expecting property name enclosed in double quotes at column 2"),
        (5, "not a JSON object but list"),
        (6, "not a JSON object but str"),
        (7, "not a JSON object but null"),
        (8, "the line contains a NUL byte"),
        (9, "the JSON is nested too deeply"),
    ]
    line, problem = problems(rows)[-1]
    assert line == 10
    assert problem.startswith("the JSON cannot be read: Exceeds the limit (4300 digits)")


def test_a_line_of_more_than_64_mib_is_one_problem_and_counts_as_one_line(read: Read) -> None:
    long = b'{"title": "' + b"a" * (65 << 20) + b'"}\n'
    rows = read("a.jsonl.gz", gzip.compress(long + b'{"title": "b"}\n' + long.strip(), compresslevel=1, mtime=0))
    assert [(row.line, row.values and row.values["title"]) for row in rows] == [(1, None), (2, "b"), (3, None)]
    assert problems(rows) == [(number, "the line has more than 67,108,864 bytes") for number in (1, 3)]


def test_a_csv_line_of_more_than_64_mi_characters_is_one_problem(read: Read) -> None:
    long = b"a" * (65 << 20)
    rows = read("a.csv.gz", gzip.compress(b"title\nb\n" + long + b"\nc\n", compresslevel=1, mtime=0))
    assert [(row.line, row.values) for row in rows] == [(2, {"title": "b"}), (3, None), (4, {"title": "c"})]
    assert problems(rows) == [(3, "not CSV: the line has more than 67,108,864 characters")]


def test_a_csv_cell_may_hold_delimiters_quotation_marks_and_line_breaks(read: Read) -> None:
    rows = read("a.csv", b'id,title\r\n1,"a ""b"", c\nd\r\ne"\r\n\r\n2,27" screen\r\n')
    assert [(row.line, row.values) for row in rows] == [
        (2, {"id": "1", "title": 'a "b", c\nd\r\ne'}),
        (6, {"id": "2", "title": '27" screen'}),
    ]


def test_a_csv_row_may_have_fewer_cells_than_columns_but_not_more(read: Read) -> None:
    rows = read("a.csv", b"id,title,tags\n1\n2,mug\n3,mug,red,blue\n4,mug,red\n")
    assert [(row.line, row.values) for row in rows] == [
        (2, {"id": "1"}),
        (3, {"id": "2", "title": "mug"}),
        (4, None),
        (5, {"id": "4", "title": "mug", "tags": "red"}),
    ]
    assert problems(rows) == [(4, "4 cells but only 3 columns")]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only(read: Read) -> None:
    rows = read("a.csv", b'id,title\n1,"Sofa\n2,Mug\n3,"a\nb"\n4,Pan\n')
    assert [(row.line, row.values) for row in rows] == [
        (2, None),
        (3, {"id": "2", "title": "Mug"}),
        (4, {"id": "3", "title": "a\nb"}),
        (6, {"id": "4", "title": "Pan"}),
    ]
    assert problems(rows) == [(2, "not CSV: ',' expected after '\"'")]
    assert problems(read("b.csv", b'id,title\n1,"Sofa\n2,Mug\n')) == [(2, "not CSV: unexpected end of data")]


def test_lines_may_end_in_carriage_returns_alone(read: Read) -> None:
    assert [row.values for row in read("a.csv", b"id,title\r1,mug\r2,cup\r")] == [
        {"id": "1", "title": "mug"},
        {"id": "2", "title": "cup"},
    ]


def many(name: str, records: int = 4000) -> bytes:
    # Random enough that the compressed file has several blocks.
    written = [
        {"id": str(number), "title": f"mug {number * 7919 % 104729:x} {number * 31 % 9973}"}
        for number in range(records)
    ]
    return (separated(",") if name.startswith("a.csv") else json_lines)(written)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_a_truncated_gzip_file_gives_its_good_rows_and_says_where_it_ends(read: Read, name: str) -> None:
    data = many(name)
    packed = gzip.compress(data, mtime=0)
    rows = read(name, packed[: len(packed) // 2])
    assert 1000 < len(rows) < 4000
    assert [row.values["id"] for row in rows[:-1] if row.values] == [str(number) for number in range(len(rows) - 1)]
    line = len(rows) + (name == "a.csv.gz")
    reason = (
        "the compressed file is damaged from here on: Compressed file ended before the end-of-stream marker was reached"
    )
    assert problems(rows) == [(line, reason)]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_a_gzip_file_with_damaged_bytes_says_where_the_damage_begins(read: Read, name: str) -> None:
    packed = bytearray(gzip.compress(many(name), mtime=0))
    middle = len(packed) // 2
    packed[middle : middle + 64] = bytes(64)
    rows = read(name, bytes(packed))
    # Lines after the damage may be wrong until zlib notices it.
    assert [row.values["id"] for row in rows[:1000] if row.values] == [str(number) for number in range(1000)]
    assert rows[-1].values is None
    assert str(rows[-1].problem).startswith("the compressed file is damaged from here on: ")


def test_a_gzip_file_damaged_in_its_header_line_is_refused(read: Read) -> None:
    packed = gzip.compress(b"id,title\n1,mug\n", mtime=0)
    with pytest.raises(BadInput, match=r"a\.csv\.gz: the header line cannot be read: Compressed file ended before"):
        read("a.csv.gz", packed[:14])
    with pytest.raises(BadInput, match=r"b\.csv\.gz: the header line cannot be read: Not a gzipped file"):
        read("b.csv.gz", b"id,title\n1,mug\n")
    assert problems(read("a.jsonl.gz", b'{"id": 1}\n')) == [
        (1, "the compressed file is damaged from here on: Not a gzipped file (b'{\"')")
    ]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", r"a\.csv is empty"),
        ("a.jsonl.gz", gzip.compress(b"", mtime=0), r"a\.jsonl\.gz is empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), r"a\.csv\.gz has no header line"),
        ("a.csv", b"\n \n", r"a\.csv has no header line"),
        (
            "a.doc",
            b"x",
            r"a\.doc: unknown file type '\.doc'; available: \.csv, \.tsv, .*\.parquet, .*each also with \.gz",
        ),
        ("csv", b"x", "unknown file type ''"),
        ("a.gz", b"x", "unknown file type ''"),
        ("a.parquet", b"PAR1" * 20, r"a\.parquet is not a Parquet file: "),
        ("a.parquet", parquet_of(RECORDS)[:-9], r"a\.parquet is not a Parquet file: "),
        (
            "a.parquet.gz",
            gzip.compress(parquet_of(RECORDS), mtime=0)[:99],
            r"is not a Parquet file: Compressed file ended",
        ),
        ("a.parquet.gz", parquet_of(RECORDS), r"is not a Parquet file: Not a gzipped file"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_refused(read: Read, name: str, data: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(name, data)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no file .*missing\.csv"):
        check(tmp_path / "missing.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match=r"no file .*folder\.csv"):
        list(read_rows(tmp_path / "folder.csv"))


def test_a_parquet_file_with_damaged_pages_is_refused_with_the_reason(read: Read) -> None:
    data = bytearray(parquet_of(RECORDS))
    data[4:40] = b"\xff" * 36
    with pytest.raises(BadInput, match=r".*a\.parquet cannot be read: .*thrift"):
        read("a.parquet", bytes(data))


def test_values_of_a_parquet_file_keep_their_types(read: Read) -> None:
    table = pyarrow.table({"id": [7, 8], "title": ["a", None], "tags": [["x", "y"], None]})
    assert [row.values for row in read("a.parquet", parquet(table))] == [
        {"id": 7, "title": "a", "tags": ["x", "y"]},
        {"id": 8, "title": None, "tags": None},
    ]


def test_a_parquet_row_whose_values_cannot_be_read_is_named_and_the_others_read(read: Read) -> None:
    offsets, characters = pyarrow.py_buffer(b"\0\0\0\0\2\0\0\0\4\0\0\0\6\0\0\0"), pyarrow.py_buffer(b"ab\xff\xfecd")
    titles = pyarrow.Array.from_buffers(pyarrow.string(), 3, [None, offsets, characters])
    rows = read("a.parquet", parquet(pyarrow.table({"title": titles})))
    assert [(row.line, row.values) for row in rows] == [(1, {"title": "ab"}), (2, None), (3, {"title": "cd"})]
    assert str(rows[1].problem).startswith("a value cannot be read: 'utf-8' codec can't decode byte 0xff")
    dates = pyarrow.array([2**62, 0], pyarrow.timestamp("us"))
    rows = read("b.parquet", parquet(pyarrow.table({"title": ["a", "b"], "made": dates})))
    assert problems(rows) == [(1, "a value cannot be read: date value out of range")]
    assert rows[1].values is not None
    assert rows[1].values["title"] == "b"
