"""Which ids of products occurred before, and where."""

from typing import Final

from index.errors import BadInput

_MOST_FILES: Final = 1 << 20


class SeenIds:
    """Where each id occurred first. There may be millions of them, so that only numbers are kept."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._places: dict[int, int] = {}

    def begin(self, file: str) -> None:
        """Begin a file."""
        self._files.append(file)

    def refuse_repeated(self, id: str, line: int) -> None:
        """Take an id; raises `BadInput` if it occurred before."""
        place = len(self._files) - 1 + line * _MOST_FILES
        first = self._places.setdefault(hash(id), place)
        if first != place:
            file, at = self._files[first % _MOST_FILES], first // _MOST_FILES
            raise BadInput("row.duplicate-id", id=id, first=f"{file} line {at}")
