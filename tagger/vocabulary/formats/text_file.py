"""Open plain or gzipped text files, with decoding errors turned into `BadInput`."""

import contextlib
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from index.errors import BadInput

# Limit for decompressed text: a small compressed file may expand to any size.
_LIMIT_CHARS = 256 << 20


@contextlib.contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a file as UTF-8; raises `BadInput` if it is missing, or if decoding fails while it is being read."""
    if not path.is_file():
        raise BadInput("file.missing", path=path)
    try:
        with _open(path) as file:
            yield file
    except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput("file.cannot-read", path=path, reason=error) from error


def whole(path: Path) -> str:
    """Return a file's text; raises `BadInput` as `open_text` does, and for more than `_LIMIT_CHARS` characters."""
    with open_text(path) as file:
        text = file.read(_LIMIT_CHARS)
        if file.read(1):
            raise BadInput("file.too-many-characters", path=path, most=_LIMIT_CHARS)
    return text


def _open(path: Path) -> TextIO:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
