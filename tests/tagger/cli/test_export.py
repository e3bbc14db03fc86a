"""Exporting a store to files."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

Run = Callable[..., Any]

COLUMNS = ["id", "title", "description", "lang", "tags"]
RECORDS: list[dict[str, Any]] = [
    {"id": "1", "title": "=HYPERLINK(0)", "description": "+1", "lang": "en", "tags": ["-x", "mug"]},
    {"id": "@2", "title": 'mug, "blue"', "description": "", "lang": "en", "tags": []},
    {"id": "3", "title": "双门冰箱", "description": "节能静音", "lang": "zh", "tags": ["冰箱", "a|b", "c;d"]},
]


def unpacked(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_json_lines_hold_every_product_with_its_tags(tagweave: Run, new_store: Run, tmp_path: Path, name: str) -> None:
    result = tagweave("export", new_store(*RECORDS), tmp_path / name, "--json").result
    assert result == {"products": 3, "out": str(tmp_path / name)}
    records = [json.loads(line) for line in unpacked(tmp_path / name).splitlines()]
    assert sorted(records, key=lambda each: each["title"]) == sorted(RECORDS, key=lambda each: each["title"])
    assert all(list(record) == COLUMNS for record in records)


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz"])
def test_csv_cells_cannot_become_formulas(tagweave: Run, new_store: Run, tmp_path: Path, name: str) -> None:
    tagweave("export", new_store(*RECORDS), tmp_path / name)
    header, *rows = csv.reader(io.StringIO(unpacked(tmp_path / name), newline=""))
    assert header == COLUMNS
    assert {row[0]: row[1:] for row in rows} == {
        "1": ["'=HYPERLINK(0)", "'+1", "en", "'-x|mug"],
        "'@2": ['mug, "blue"', "", "en", ""],
        "3": ["双门冰箱", "节能静音", "zh", '["冰箱", "a|b", "c;d"]'],
    }


def test_parquet_holds_every_product_with_its_tags(tagweave: Run, new_store: Run, tmp_path: Path) -> None:
    tagweave("export", new_store(*RECORDS), tmp_path / "out.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert table.column_names == COLUMNS
    assert sorted(table.to_pylist(), key=lambda each: each["title"]) == sorted(RECORDS, key=lambda each: each["title"])


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet"])
def test_an_empty_store_gives_a_file_of_columns_alone(tagweave: Run, write: Run, tmp_path: Path, name: str) -> None:
    tagweave("ingest", tmp_path / "store", write("broken.jsonl", "{}\n"))
    assert tagweave("export", tmp_path / "store", tmp_path / name, "--json").result["products"] == 0
    if name == "out.parquet":
        assert pyarrow.parquet.read_table(tmp_path / name).column_names == COLUMNS


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl.gz", "out.parquet"])
def test_what_was_exported_can_be_ingested_again(tagweave: Run, stocked: Path, tmp_path: Path, name: str) -> None:
    tagweave("export", stocked, tmp_path / name)
    assert tagweave("ingest", tmp_path / "again", tmp_path / name, "--json").result["accepted"] == 156

    def listed(folder: Path) -> list[dict[str, Any]]:
        result = tagweave("search", folder, "", "--limit", 1000, "--json").result
        return sorted(result["products"], key=lambda product: str(product["id"]))

    assert listed(tmp_path / "again") == listed(stocked)


def test_a_former_file_is_replaced_as_a_whole(tagweave: Run, new_store: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("former\n" * 1000)
    tagweave("export", new_store(*RECORDS), path)
    assert "former" not in path.read_text("utf-8")
    assert not list(tmp_path.glob("*.part"))
