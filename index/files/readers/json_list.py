"""Read a JSON list of objects record by record, so that a large one needs no more memory than a small one."""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

from index.files.readers.rows import DAMAGED, KEPT, FileRow
from index.messages import Message

_CHUNK_BYTES: Final = 1 << 16
_MOST_CHARS: Final = 64 << 20
_BETWEEN: Final = re.compile(r"\s*,\s*|\s*\]\s*")
_DECODER: Final = json.JSONDecoder()
_BEGIN: Final = re.compile(r"\ufeff?\s*\[\s*(?=\{)")


class _Text:
    """The text of a file from some place on, read as far as it is needed."""

    def __init__(self, head: bytes, file: BinaryIO, codec: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(codec)(KEPT)
        self._step = _CHUNK_BYTES
        self.text = self._decoder.decode(head)
        self.place = 0

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Go past a pattern, and return what it matched; empty if it is not there."""
        while True:
            found = pattern.match(self.text, self.place)
            # What matches up to the end may go on.
            if (found and found.end() < len(self.text)) or not self.more():
                break
        self.place = found.end() if found else self.place
        return found[0] if found else ""

    def more(self) -> bool:
        """Read on; return whether there was more. The longer a record is, the larger are the steps."""
        data = self._file.read(self._step)
        self.text = self.text[self.place :] + self._decoder.decode(data, not data)
        self.place = 0
        self._step = min(self._step * 2, _MOST_CHARS)
        return bool(data)

    def record(self) -> Any:
        """Return the value at this place, and go past it. Raises `ValueError` if there is none."""
        while True:
            try:
                value, self.place = _DECODER.raw_decode(self.text, self.place)
            except json.JSONDecodeError:
                if len(self.text) > _MOST_CHARS or not self.more():
                    raise
            else:
                self._step = _CHUNK_BYTES
                return value


def list_rows(head: bytes, file: BinaryIO, position: Callable[[], int], codec: str) -> Iterator[FileRow] | None:
    """Return the records of a file that is a list of objects; `None` if it does not begin like one.

    `head` is what was read of the file already. A line is the number of the record. After a mistake nothing more is
    read.
    """
    begin = _BEGIN.match(codecs.getincrementaldecoder(codec)(KEPT).decode(head))
    return _rows(_Text(head, file, codec), position) if begin else None


def _rows(text: _Text, position: Callable[[], int]) -> Iterator[FileRow]:
    text.skip(_BEGIN)
    number = 0
    try:
        while True:
            number += 1
            yield object_row(number, text.record(), position())
            if "," not in text.skip(_BETWEEN):
                break
        if text.text[text.place :].strip():
            raise ValueError("the list ends before the file does")
    except RecursionError:
        yield FileRow(number, None, Message("row.json-too-deep"), position())
    except ValueError as error:
        yield FileRow(number, None, Message("row.not-json", reason=error), position())
    except DAMAGED as error:
        yield FileRow(number, None, Message("row.damaged", reason=error), position())


def object_row(number: int, record: Any, position: int) -> FileRow:
    """Return an item of a list as a row."""
    if isinstance(record, dict):
        return FileRow(number, record, None, position)
    return FileRow(number, None, Message("row.not-an-object", type=Message(type(record).__name__)), position)
