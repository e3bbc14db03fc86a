"""Write Excel workbooks; of one that came, all other cells, formats and sheets stay."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from index.errors import MissingDependency
from index.files.formulas import mask
from index.files.readers.workbook import cell_text, find_sheet
from index.files.writers.tag_cells import CellEdit, TagCells

_MOST_CHARS: Final = 32_767
# XML has no code for these.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def rewrite_workbook(
    source: Path, out: Path, *, sheet: str, column: str, cells: TagCells, edits: Mapping[int, CellEdit]
) -> None:
    """Write the sheet that is read from a workbook with other tags by row."""
    found = find_sheet(source, sheet)
    book = _openpyxl().load_workbook(source, keep_vba=source.suffix.lower() == ".xlsm")
    table = book[found.name]
    known = column in found.columns
    place = found.first_column + (found.columns.index(column) if known else len(found.columns))
    if not known:
        table.cell(found.header, place, column)
    for line, edit in edits.items():
        cell = table.cell(line, place)
        former = cell_text(cell.value)
        new = cells.edit(former, edit)
        if new != former:
            cell.value = (new if former and new.startswith(former) else mask(new)) or None
    book.save(out)


def write_workbook(out: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows of texts and numbers as a workbook with one sheet; return their number."""
    book = _openpyxl().Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(columns))
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the last number is the result
        sheet.append([_UNWRITABLE.sub("", cell)[:_MOST_CHARS] if isinstance(cell, str) else cell for cell in row])
    book.save(out)
    return count


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingDependency("file.no-openpyxl") from error
    return openpyxl
