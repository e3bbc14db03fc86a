"""Copy parts of a text in the very bytes in which they were read."""

import codecs
from typing import IO, BinaryIO, Final

from index.errors import BadInput
from index.files.readers.rows import KEPT

_MARKS: Final = {
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}


class ByteCopier:
    """Goes through a source text from its beginning, and copies, drops or writes parts of it.

    An encoding may have two codes for one character: what is copied is not encoded again.
    """

    def __init__(self, source: BinaryIO, target: IO[bytes], codec: str) -> None:
        self._source = source
        self._target = target
        self._codec = codec
        self._copy_mark()

    def copy(self, text: str) -> None:
        """Copy the next part of the source, which reads as `text`."""
        self._target.write(self._next(text))

    def drop(self, text: str) -> None:
        """Leave out the next part of the source, which reads as `text`."""
        self._next(text)

    def write(self, text: str) -> None:
        """Write a text that is not in the source. Raises `BadInput` if the encoding has no code for a character."""
        try:
            self._target.write(text.encode(self._codec))
        except UnicodeEncodeError as error:
            raise BadInput("like.cannot-encode", text=text, encoding=self._codec) from error

    def rest(self) -> None:
        """Copy what is left of the source."""
        while piece := self._source.read(1 << 20):
            self._target.write(piece)

    def _next(self, text: str) -> bytes:
        encoded = text.encode(self._codec, KEPT)
        raw = self._source.read(len(encoded))
        if raw != encoded and raw.decode(self._codec, KEPT) != text:
            raise BadInput("like.no-bytes", encoding=self._codec)
        return raw

    def _copy_mark(self) -> None:
        for mark, codec in _MARKS.get(self._codec, ()):
            head = self._source.peek(len(mark))[: len(mark)]  # type: ignore[attr-defined]
            if head == mark:
                self._target.write(self._source.read(len(mark)))
                self._codec = codec
                return
        self._codec = _MARKS[self._codec][0][1] if self._codec in _MARKS else self._codec
