"""Read a JSON document: a list of records, or an object that has such a list somewhere."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from index.errors import BadInput
from index.files.readers.json_list import list_rows, object_row
from index.files.readers.rows import DAMAGED, FileRow
from index.messages import Message

_LINE_BYTES: Final = 1 << 20


def document_rows(
    path: Path, file: BinaryIO, position: Callable[[], int], codec: str, table: str = ""
) -> Iterator[FileRow] | None:
    """Return the records of a file that is one JSON document; `None` if it is not, as with JSON lines.

    `table` is the path of the list in an object, such as "data.items"; without it, it is the longest list of objects. A
    line is the number of the record. Raises `BadInput` if there is no list at the path.
    """
    try:
        first = file.readline(_LINE_BYTES)
        second = file.readline(_LINE_BYTES)
        if not table and (rows := list_rows(first + second, file, position, codec)) is not None:
            return rows
        # A large file of lines is not read as a whole.
        if _is_object(first, codec) and second.strip():
            return None
        document = json.loads((first + second + file.read()).decode(codec))
    except (*DAMAGED, ValueError, RecursionError):
        return None
    if table:
        return _rows(_at(path, document, table), position())
    found = find_records(document)
    return _rows(found.records, position()) if found else None


def _at(path: Path, document: Any, table: str) -> list[Any]:
    """Return the list at a path of names."""
    for name in table.split("."):
        names = ", ".join(map(str, document)) if isinstance(document, Mapping) else ""
        if not isinstance(document, Mapping) or name not in document:
            raise BadInput("table.missing", file=path, table=table, available=names)
        document = document[name]
    # Some interfaces answer an object of objects by their ids.
    found = list(document.values()) if isinstance(document, dict) else document
    if not isinstance(found, list):
        raise BadInput("table.no-list", file=path, table=table, type=Message(type(found).__name__))
    return found


def _is_object(line: bytes, codec: str) -> bool:
    try:
        return isinstance(json.loads(line.decode(codec)), dict)
    except (ValueError, RecursionError):
        return False


def _rows(records: list[Any], position: int) -> Iterator[FileRow]:
    for number, record in enumerate(records, start=1):
        yield object_row(number, record, position)


class FoundRecords(NamedTuple):
    """The records of a document, and the names that lead to their list."""

    path: tuple[str, ...]
    records: list[Any]


def find_records(document: Any, path: tuple[str, ...] = ()) -> FoundRecords | None:
    """Return the list itself, or the longest list of objects that is a value of an object, at any depth."""
    if isinstance(document, list):
        return FoundRecords(path, document)
    if not isinstance(document, dict) or any(isinstance(value, str) for value in document.values()):
        # An object with texts of its own is a record.
        return None
    found = [
        inside
        for name, value in document.items()
        if (inside := find_records(value, (*path, name))) and _are_objects(inside.records)
    ]
    return max(found, key=lambda each: len(each.records), default=None)


def _are_objects(records: list[Any]) -> bool:
    return any(isinstance(record, dict) for record in records)
