import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from index.errors import BadInput
from index.files.columns import Columns
from index.files.product_reader import read_products, read_profiled
from index.files.profile import profile_file
from index.files.readers.options import ReadingOptions
from index.files.record_writer import write
from index.files.writers.like import write_like
from index.files.writers.tag_cells import CellEdit
from index.product import Product

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Write a workbook whose second sheet has the products, below a heading and an empty row, with a format."""
    book = openpyxl.Workbook()
    book.active.append(["About this file"])
    sheet = book.create_sheet("Products")
    for place, cells in (
        (2, ["Shop export"]),
        (4, ["SKU", "Name", "Price", "Tags"]),
        (5, [7, "Mug", 5.5, "a, b"]),
        (6, [8, "Jug", "=C5*2", None]),
    ):
        for column, value in enumerate(cells, start=2):
            sheet.cell(place, column, value)
    sheet["C5"].font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def cells(path: Path) -> list[list[Any]]:
    return [
        [cell.value for cell in row] for row in openpyxl.load_workbook(path)["Products"].iter_rows(min_row=4, min_col=2)
    ]


def test_a_sheet_keeps_its_place_its_formats_and_its_other_cells(tmp_path: Path, book: Path) -> None:
    profile = profile_file(book, Columns(), ReadingOptions())
    lines = {each.outcome.title: each.line for each in read_profiled([profile]) if isinstance(each.outcome, Product)}
    before = cells(book)
    write_like(profile, tmp_path / "out.xlsx", {})
    assert (tmp_path / "out.xlsx").read_bytes() == book.read_bytes()
    write_like(profile, tmp_path / "out.xlsx", {lines["Jug"]: CellEdit(("x", "=1+1"))})
    assert cells(tmp_path / "out.xlsx") == [*before[:2], [*before[2][:3], "x, =1+1"]]
    written = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert written.sheetnames == ["Sheet", "Products"]
    assert written["Products"]["C5"].font.bold
    write_like(profile, tmp_path / "out.xlsx", {lines["Mug"]: CellEdit(("=1",), replaces=True)})
    assert cells(tmp_path / "out.xlsx")[1][3] == "'=1"


def test_tags_may_go_to_a_column_of_their_own(tmp_path: Path, book: Path) -> None:
    profile = profile_file(book, Columns(), ReadingOptions())
    write_like(profile, tmp_path / "out.xlsx", {5: CellEdit(("x", "y"), replaces=True)}, column="Suggested")
    assert [row[4] for row in cells(tmp_path / "out.xlsx")] == ["Suggested", "x, y", None]


def test_a_packed_workbook_is_not_written(tmp_path: Path, book: Path) -> None:
    packed = tmp_path / "a.xlsx.gz"
    packed.write_bytes(gzip.compress(book.read_bytes()))
    with pytest.raises(BadInput, match="xlsx"):
        write_like(profile_file(packed, Columns(), ReadingOptions()), tmp_path / "out.xlsx", {})


def test_records_are_written_as_a_workbook_and_read_back(tmp_path: Path) -> None:
    records = [{"id": "1", "title": "=mug\x01", "tags": ["a", "b"]}, {"id": "02", "title": "杯子", "tags": ["x|y"]}]
    assert write(tmp_path / "out.xlsx", ["id", "title", "tags"], records) == 2
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["id", "title", "tags"],
        ["1", "'=mug", "a|b"],
        ["02", "杯子", json.dumps(["x|y"])],
    ]
    found = [each.outcome for each in read_products([tmp_path / "out.xlsx"])]
    assert [(each.id, each.tags) for each in found if isinstance(each, Product)] == [
        ("1", ("a", "b")),
        ("02", ("x|y",)),
    ]
