"""The row of a file, whatever kind the file is of."""

import codecs
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from index.errors import BadInput
from index.messages import Message

# Decoding with these errors keeps a byte that cannot be read as a lone surrogate, so that its row alone is rejected;
# encoding makes it the same byte again.
KEPT: Final = "tagweave-kept-bytes"
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)
_PACKED = ".gz"


@dataclass(frozen=True)
class FileRow:
    """One row of a file: its values, or the problem that prevented reading them.

    `line` counts from 1; in a file without lines it counts rows. `position` is the number of bytes read so far.
    """

    line: int
    values: Mapping[str, Any] | None
    problem: Message | None = None
    position: int = 0


class _Counted(io.RawIOBase):
    """A file that reports how many bytes have been read, for the progress bar."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)  # type: ignore[attr-defined,no-any-return]

    def tell(self) -> int:
        return self._file.tell()


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
    """Open a file, unpacked if its name ends in .gz, with a function that returns the number of bytes read.

    Raises `BadInput` if the file cannot be read.
    """
    try:
        with path.open("rb") as raw:
            counted = _Counted(raw)
            buffered = io.BufferedReader(counted)
            packed = gzip.GzipFile(fileobj=buffered) if is_packed(path) else None
            yield packed or buffered, counted.tell  # type: ignore[misc]
    except OSError as error:
        raise BadInput("file.cannot-read", path=path, reason=error) from error


def is_packed(path: Path) -> bool:
    """Tell whether a file is compressed, by its name."""
    return path.name.lower().endswith(_PACKED)


def suffix_of(path: Path) -> str:
    """Return the ending of a file's name in lower case, without that of the compression."""
    return Path(path.name.lower().removesuffix(_PACKED)).suffix


def _keep(error: UnicodeError) -> tuple[str | bytes, int]:
    # Python's own surrogateescape does this for bytes beyond ASCII only.
    if isinstance(error, UnicodeDecodeError):
        return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end
    if isinstance(error, UnicodeEncodeError):
        kept = [ord(character) - 0xDC00 for character in error.object[error.start : error.end]]
        if all(0 <= byte < 256 for byte in kept):
            return bytes(kept), error.end
    raise error


codecs.register_error(KEPT, _keep)
