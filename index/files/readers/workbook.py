"""Read a sheet of a workbook: Excel's and OpenDocument's."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from index.errors import BadInput, MissingDependency
from index.files.field_names import is_header
from index.files.readers.header import MOST_LINES_BEFORE, filled, header_place, named
from index.files.readers.rows import DAMAGED, FileRow, is_packed
from index.files.readers.workbook_head import head_of_workbook

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_CUT: Final = (".xlsx", ".xlsm")


def sheet_rows(
    path: Path, file: BinaryIO, position: Callable[[], int], sheet: str = "", *, preview: bool = False
) -> Iterator[FileRow]:
    """Yield the rows of a sheet after its header; a line is the number of the row.

    Without a name, it is the first sheet that names a product's title, else the first one with rows. A preview may end
    after the first rows. Raises `BadInput` if the file is no workbook, or has no such sheet.
    """
    try:
        head = head_of_workbook(path) if preview and path.suffix.lower() in _CUT else None
        workbook = _opened(path, file, head)
        yield from _rows(_chosen(path, workbook, sheet), position)
    except DAMAGED as error:
        raise BadInput("file.not-workbook", path=path, reason=error) from error


def _opened(path: Path, file: BinaryIO, head: BinaryIO | None = None) -> "CalamineWorkbook":
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        raise MissingDependency("file.no-library", path=path, package="python-calamine") from error
    try:
        if head is not None:
            return CalamineWorkbook.from_filelike(head)
        if is_packed(path):
            return CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
        return CalamineWorkbook.from_path(path)
    except (CalamineError, OSError, ValueError) as error:
        raise BadInput("file.not-workbook", path=path, reason=error) from error


def _chosen(path: Path, workbook: "CalamineWorkbook", name: str) -> "CalamineSheet":
    names = workbook.sheet_names
    if name:
        if name not in names:
            raise BadInput("table.missing", file=path, table=name, available=", ".join(names))
        return workbook.get_sheet_by_name(name)
    sheets = [workbook.get_sheet_by_name(each) for each in names]
    full = [sheet for sheet in sheets if sheet.height]
    if not full:
        raise BadInput("file.empty", path=path)
    return next((sheet for sheet in full if any(map(is_header, _head(sheet)))), full[0])


@dataclass(frozen=True)
class FoundSheet:
    """A sheet by its name, with the number of its header's row, that of the first column, and the columns' names."""

    name: str
    header: int
    first_column: int
    columns: tuple[str, ...]


def find_sheet(path: Path, sheet: str = "") -> FoundSheet:
    """Find the sheet that `sheet_rows` reads. Raises `BadInput` as that does."""
    with path.open("rb") as file:
        chosen = _chosen(path, _opened(path, file), sheet)
        head = _head(chosen)
    place = header_place([filled(row) for row in head], [len(filled(row)) for row in head])
    # The reader leaves out empty columns on the left, but not empty rows at the top.
    left = chosen.start[1] if chosen.start else 0
    return FoundSheet(chosen.name, 1 + place, 1 + left, named(head[place]) if head else ())


def _head(sheet: "CalamineSheet") -> list[list[str]]:
    return [list(map(cell_text, row)) for row in islice(sheet.iter_rows(), MOST_LINES_BEFORE)]


def _rows(sheet: "CalamineSheet", position: Callable[[], int]) -> Iterator[FileRow]:
    rows = (list(map(cell_text, row)) for row in sheet.iter_rows())
    head = list(islice(rows, MOST_LINES_BEFORE))
    place = header_place([filled(row) for row in head], [len(filled(row)) for row in head])
    columns = named(head[place]) if head else ()
    for line, cells in enumerate(chain(head[place + 1 :], rows), start=place + 2):
        if any(cells):
            yield FileRow(line, _values(columns, cells), None, position())


def _values(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return dict(zip(columns, cells, strict=False))


def cell_text(value: Any) -> str:
    """Return a cell as a spreadsheet's CSV would have it; whole numbers have no point."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value == value // 1:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value) if isinstance(value, int | float | timedelta) else ""
