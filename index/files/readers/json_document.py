"""Read a JSON document: a list of records, or an object that has such a list somewhere."""

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

from index.files.readers.rows import DAMAGED, FileRow
from index.messages import Message

_LINE_BYTES: Final = 1 << 20


def document_rows(file: BinaryIO, position: Callable[[], int], codec: str) -> Iterator[FileRow] | None:
    """Return the records of a file that is one JSON document; `None` if it is not, as with JSON lines.

    A line is the number of the record.
    """
    try:
        first = file.readline(_LINE_BYTES)
        second = file.readline(_LINE_BYTES)
        # A large file of lines is not read as a whole.
        if _is_object(first, codec) and second.strip():
            return None
        records = _records(json.loads((first + second + file.read()).decode(codec)))
    except (*DAMAGED, ValueError, RecursionError):
        return None
    return None if records is None else _rows(records, position())


def _is_object(line: bytes, codec: str) -> bool:
    try:
        return isinstance(json.loads(line.decode(codec)), dict)
    except (ValueError, RecursionError):
        return False


def _rows(records: list[Any], position: int) -> Iterator[FileRow]:
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict):
            yield FileRow(number, record, None, position)
        else:
            problem = Message("row.not-an-object", type=Message(type(record).__name__))
            yield FileRow(number, None, problem, position)


def _records(document: Any) -> list[Any] | None:
    """Return the list itself, or the longest list of objects that is a value of an object, at any depth."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict) or any(isinstance(value, str) for value in document.values()):
        # An object with texts of its own is a record.
        return None
    found = [records for value in document.values() if (records := _records(value)) and _are_objects(records)]
    return max(found, key=len, default=None)


def _are_objects(records: list[Any]) -> bool:
    return any(isinstance(record, dict) for record in records)
