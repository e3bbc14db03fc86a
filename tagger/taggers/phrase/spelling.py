"""The plain spelling of parts of a text: in its normal form, or only folded, as earlier models do."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Protocol

from index.text.chinese import simplify
from index.text.folding import fold
from index.text.normal_form import FOLDED, VERSION, normal_form, normal_text

# White space that folding replaces or removes, but for the ends of lines.
_MOVING_SPACE = re.compile(r"[^\S \n]|  ")


class Spelling(Protocol):
    """A text whose parts are spelled plainly."""

    text: str

    def part(self, start: int, end: int) -> str:
        """Return the plain spelling of a part; no part extends over a line."""
        ...

    def ideographs(self, run: str) -> str:
        """Return a run of ideographs as it is cut into words, at the same length."""
        ...


class _Normal:
    def __init__(self, text: str) -> None:
        self.text = text
        self._form = normal_form(text)

    def part(self, start: int, end: int) -> str:
        first, last = self._form.part(start, end)
        return self._form.text[first:last] or fold(self.text[start:end])

    def ideographs(self, run: str) -> str:
        simplified = simplify(run)
        return simplified if len(simplified) == len(run) else run


class _Folded:
    def __init__(self, text: str) -> None:
        self.text = text
        self._folded = _fold_in_place(text)

    def part(self, start: int, end: int) -> str:
        return self._folded[start:end] if self._folded is not None else fold(self.text[start:end])

    def ideographs(self, run: str) -> str:
        return run


def _fold_in_place(text: str) -> str | None:
    """Return a text whose parts are the folded parts of the given one, or None if folding moves characters.

    It does so for most texts, and cutting one folded text is much faster than folding each part.
    """
    if _MOVING_SPACE.search(text) or not unicodedata.is_normalized("NFKC", text):
        return None
    folded = text.casefold()
    return folded if len(folded) == len(text) else None


# By the version of the normal form.
SPELLINGS: Mapping[int, Callable[[str], Spelling]] = {FOLDED: _Folded, VERSION: _Normal}


def spell_name(name: str, version: int) -> str:
    """Return the plain spelling of a name."""
    return fold(name) if version == FOLDED else normal_text(name)
