"""Write records as CSV, JSON lines, Excel workbook or Parquet."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from index.atomic import replace_file
from index.errors import BadInput
from index.files.formulas import mask
from index.files.tag_splitting import BARS, COMMAS, TagSplit
from index.files.writers.workbook import write_workbook

_KINDS = (".csv", ".jsonl", ".parquet", ".xlsx")
_BINARY = (".parquet", ".xlsx")
# Excel reads a CSV file without it in the encoding of its country.
_EXCEL = "utf-8-sig"
_LIST_MARK = "|"
# How the reader may split a cell, at most.
_SPLITS = (TagSplit(BARS + COMMAS), TagSplit(BARS + COMMAS, hashes=True))

Record = Mapping[str, Any]


def kind_of(path: Path) -> str:
    """Return the file's kind from its name.

    Raises `BadInput` if the kind is not supported or the parent folder does not exist.
    """
    kind = Path(path.name.lower().removesuffix(".gz")).suffix
    if kind not in _KINDS or (kind in _BINARY and path.suffix.lower() == ".gz"):
        raise BadInput("file.cannot-write-kind", path=path, ending=path.suffix)
    if not path.parent.is_dir():
        raise BadInput("file.no-folder", folder=path.parent)
    return kind


def write(path: Path, columns: Sequence[str], records: Iterable[Record], *, excel: bool = False) -> int:
    """Write all records atomically; return their number.

    In CSV, a list is joined with | if reading splits it back into the same items; other compound values are JSON. A
    cell that a spreadsheet would take for a formula gets an apostrophe in front. With `excel`, it begins with a
    byte order mark.
    """
    kind = kind_of(path)
    with replace_file(path) as building:
        if kind == ".parquet":
            return _write_parquet(building, columns, records)
        if kind == ".xlsx":
            return write_workbook(building, columns, ([_cell(each.get(name)) for name in columns] for each in records))
        encoding = _EXCEL if excel and kind == ".csv" else "utf-8"
        with _text(building, encoding, packed=path.suffix.lower() == ".gz") as file:
            return (_write_csv if kind == ".csv" else _write_json)(file, columns, records)


def _text(path: Path, encoding: str, *, packed: bool) -> TextIO:
    if packed:
        return io.TextIOWrapper(gzip.open(path, "wb"), encoding=encoding, newline="")
    return path.open("w", encoding=encoding, newline="")


def _write_csv(file: TextIO, columns: Sequence[str], records: Iterable[Record]) -> int:
    writer = csv.writer(file)
    writer.writerow(columns)
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 - the last number is the result
        writer.writerow([_cell(record.get(column)) for column in columns])
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, list) and all(map(_stays_whole, value)):
        value = _LIST_MARK.join(value)
    elif isinstance(value, (list, dict)):
        value = json.dumps(value, ensure_ascii=False)
    return mask(value) if isinstance(value, str) else value


def _stays_whole(item: Any) -> bool:
    """Tell whether the reader takes an item for one tag, whatever separates the tags of its column."""
    try:
        return isinstance(item, str) and all(split.tags(item) == [item.strip()] for split in _SPLITS)
    except BadInput:
        return False


def _write_json(file: TextIO, columns: Sequence[str], records: Iterable[Record]) -> int:
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 - the last number is the result
        file.write(json.dumps({column: record.get(column) for column in columns}, ensure_ascii=False) + "\n")
    return count


def _write_parquet(path: Path, columns: Sequence[str], records: Iterable[Record]) -> int:
    import pyarrow
    import pyarrow.parquet

    listed = list(records)
    table = pyarrow.table({column: [record.get(column) for record in listed] for column in columns})
    pyarrow.parquet.write_table(table, path)
    return len(listed)
