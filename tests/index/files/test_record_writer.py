import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from index.errors import BadInput
from index.files.product_reader import read_products
from index.files.record_writer import write
from index.product import Product

COLUMNS = ["id", "title", "tags"]
RECORDS = [
    {"id": "1", "title": 'mug, "blue"', "tags": ["mug", "blue"]},
    {"id": "2", "title": "双门冰箱", "tags": ["家电|冰箱", "a;b"]},
    {"id": "3", "title": "jug", "tags": ["[jug]"]},
    {"id": "4", "title": "pan", "tags": []},
]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "A.JSONL.GZ", "a.parquet"])
def test_what_was_written_is_read_back_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert write(path, COLUMNS, RECORDS) == 4
    read = [each.outcome for each in read_products([path])]
    assert [(each.id, each.title, list(each.tags)) for each in read if isinstance(each, Product)] == [
        tuple(record.values()) for record in RECORDS
    ]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def cells(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))


def test_csv_cells_are_joined_lists_and_json_for_other_compound_values(tmp_path: Path) -> None:
    record = {"id": 1, "title": None, "tags": ["a", "b"], "scores": [0.5], "labels": {"zh": "杯"}, "left": "out"}
    write(tmp_path / "a.csv", ["id", "title", "tags", "scores", "labels", "absent"], [record])
    assert cells(tmp_path / "a.csv")[1] == ["1", "", "a|b", "[0.5]", '{"zh": "杯"}', ""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_csv_cell_can_become_a_formula(tmp_path: Path, start: str) -> None:
    write(
        tmp_path / "a.csv",
        COLUMNS,
        [{"id": start + "1", "title": f"{start}cmd|' /C calc'!A0", "tags": [start + "a", "b"]}],
    )
    assert cells(tmp_path / "a.csv")[1] == [f"'{start}1", f"'{start}cmd|' /C calc'!A0", f"'{start}a|b"]


def test_json_lines_and_parquet_keep_texts_as_they_are(tmp_path: Path) -> None:
    record = {"id": "=1", "title": "@x", "tags": ["-a"]}
    write(tmp_path / "a.jsonl.gz", COLUMNS, [record])
    write(tmp_path / "a.parquet", COLUMNS, [record])
    assert json.loads(gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes())) == record
    assert pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist() == [record]


def test_numbers_below_zero_stay_numbers_in_csv(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", ["id"], [{"id": -0.5}])
    assert cells(tmp_path / "a.csv")[1] == ["-0.5"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl.gz", "a.parquet"])
def test_a_failure_on_the_way_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield RECORDS[0]
        raise RuntimeError("the source broke")

    path = tmp_path / name
    path.write_bytes(b"former")
    with pytest.raises(RuntimeError, match="the source broke"):
        write(path, COLUMNS, broken())
    assert path.read_bytes() == b"former"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.txt", "a.parquet.gz", "a", "a.json"])
def test_a_kind_of_file_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        BadInput, match=r"cannot write .*; available: \.csv, \.jsonl \(each also with \.gz\), \.parquet"
    ):
        write(tmp_path / name, COLUMNS, RECORDS)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no folder .*missing"):
        write(tmp_path / "missing" / "a.csv", COLUMNS, RECORDS)
