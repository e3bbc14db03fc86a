"""The first rows of a workbook, cut out of it."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from index.files.readers.options import ReadingOptions
from index.files.readers.workbook_head import head_of_workbook
from index.files.row_reader import find_layout, read_rows


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with a short sheet and one of 2,000 products, whose texts are in the table of strings."""
    path = tmp_path_factory.mktemp("book") / "shop.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["notes", "<a> & b"])
    sheet = book.create_sheet("products")
    sheet.append(["title", "price", "tags"])
    for number in range(2000):
        sheet.append([f"杯子 {number}", number / 2, "mug"])
    book.save(path)
    return path


def rows_of(source: Path | io.BytesIO, sheet: str) -> list[list[object]]:
    if isinstance(source, io.BytesIO):
        source.seek(0)
    load = CalamineWorkbook.from_path if isinstance(source, Path) else CalamineWorkbook.from_filelike
    return load(source).get_sheet_by_name(sheet).to_python()


def test_each_sheet_keeps_its_first_rows_whole(book: Path) -> None:
    head = head_of_workbook(book, kept_bytes=20_000)
    whole, cut = rows_of(book, "products"), rows_of(head, "products")
    assert 50 < len(cut) < 1000
    assert cut == whole[: len(cut)]
    assert rows_of(head, "Sheet") == rows_of(book, "Sheet") == [["notes", "<a> & b"]]


def test_a_small_workbook_and_what_excel_does_not_write_are_read_as_a_whole(book: Path, tmp_path: Path) -> None:
    assert head_of_workbook(book) is None
    (tmp_path / "no.xlsx").write_bytes(b"PK\3\4 no archive")
    assert head_of_workbook(tmp_path / "no.xlsx") is None
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as parts:
        parts.writestr("xl/worksheets/sheet1.xml", "<x:row>" * 10_000)
    assert head_of_workbook(tmp_path / "other.xlsx", kept_bytes=100) is None


def test_a_preview_of_a_large_workbook_has_the_rows_that_a_reading_has(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    filler = b"<!--" + b" " * (2 << 20) + b"--></worksheet>"
    with zipfile.ZipFile(book) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as large:
        for name in parts.namelist():
            content = parts.read(name)
            large.writestr(name, content.replace(b"</worksheet>", filler) if name.endswith("sheet2.xml") else content)
    assert head_of_workbook(path) is not None
    preview = list(read_rows(path, layout=find_layout(path, ReadingOptions(), preview=True)))
    assert preview == list(read_rows(path))
    assert len(preview) == 2000
