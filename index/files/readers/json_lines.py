"""Read JSON lines; a broken line does not stop the reading."""

import codecs
import io
import json
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, TextIO

from index.files.readers.rows import DAMAGED, KEPT, FileRow
from index.messages import Message

# In these a line break is more than one byte.
_WIDE: Final = ("utf-16", "utf-32", "utf16", "utf32")
_LINE_LIMIT_BYTES: Final = 64 << 20


def json_rows(file: BinaryIO, position: Callable[[], int], codec: str) -> Iterator[FileRow]:
    """Yield one row for each line that is not blank."""
    wide = codec.lower().replace("_", "-").startswith(_WIDE)
    lines = io.TextIOWrapper(file, codec, errors=KEPT, newline="\n") if wide else None
    read = _Narrow(lines).readline if lines else file.readline
    for number, line in _lines(read):
        if isinstance(line, Message):
            yield FileRow(number, None, line, position())
        elif line.strip():
            line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            yield _row(number, line, "utf-8" if wide else codec, position())


class _Narrow:
    """The lines of a text as UTF-8."""

    def __init__(self, text: TextIO) -> None:
        self._text = text

    def readline(self, size: int) -> bytes:
        return self._text.readline(size).encode("utf-8", "surrogatepass")


def _lines(readline: Callable[[int], bytes]) -> Iterator[tuple[int, bytes | Message]]:
    """Yield numbered lines; a message instead of bytes is the reason why a line could not be read."""
    number = 0
    try:
        while line := readline(_LINE_LIMIT_BYTES):
            number += 1
            if len(line) < _LINE_LIMIT_BYTES:
                yield number, line
            else:
                while line and not line.endswith(b"\n"):
                    line = readline(_LINE_LIMIT_BYTES)
                yield number, Message("row.too-many-bytes", most=_LINE_LIMIT_BYTES)
    except DAMAGED as error:
        yield number + 1, Message("row.damaged", reason=error)


def _row(number: int, line: bytes, codec: str, position: int) -> FileRow:
    if b"\0" in line:
        return FileRow(number, None, Message("row.nul"), position)
    try:
        values = json.loads(line.rstrip().decode(codec.removesuffix("-sig")))
    except UnicodeDecodeError as error:
        return FileRow(number, None, Message("row.bad-encoding", encoding=error.encoding, at=error.start), position)
    except json.JSONDecodeError as error:
        return FileRow(
            number, None, Message("row.not-json-at", reason=error.msg.removesuffix(" at"), column=error.colno), position
        )
    except RecursionError:
        return FileRow(number, None, Message("row.json-too-deep"), position)
    except ValueError as error:
        return FileRow(number, None, Message("row.not-json", reason=error), position)
    if not isinstance(values, dict):
        return FileRow(number, None, Message("row.not-an-object", type=Message(type(values).__name__)), position)
    return FileRow(number, values, None, position)
