"""Check that a new tag is a word of the text before it is proposed: no fragment, number, stop word or invention."""

import re
from collections.abc import Callable, Iterable
from functools import cached_property

from index.text.scripts import HAN_BASIC
from index.text.stop_words import STOP_WORDS
from index.text.tokens import chinese_cuts, words
from tagger.types import Span
from tagger.vocabulary import fold
from tagger.vocabulary.normalize import places

_HAN = re.compile(f"[{HAN_BASIC}]")
_HAN_RUN = re.compile(f"[{HAN_BASIC}]+")
_LETTER = re.compile(r"[^\W\d_]")
_LEAST_LETTERS = 2
# A longer name around a new tag may go on for this many characters on each side.
_AROUND = 4


class ProposalCheck:
    """Finds the places of new tags in one text; it is segmented once, and only if there is a new tag to look for.

    `is_name` tells whether a folded text is a name that the store knows: a new tag must not be a part of one. Nor must
    it be a part of a new tag that was found before, or overlap with one: ask for the most probable tag first.
    """

    def __init__(self, text: str, is_name: Callable[[str], bool]) -> None:
        self._text = text
        self._is_name = is_name
        self._found: list[tuple[int, int]] = []

    def place(self, tag: str) -> Span | None:
        """Return the first place where the tag is a word of the text, or None if it is nowhere."""
        form = fold(tag)
        if not _may_be_word(form):
            return None
        found = (start for start in places(form, self._folded) if self._is_whole(start, start + len(form)))
        start = next(found, None)
        if start is None:
            return None
        self._found.append((start, start + len(form)))
        return self._span(start, start + len(form))

    @cached_property
    def _folded(self) -> str:
        """The text folded at the same length, so that places are the same, or else folded anyhow."""
        in_place = self._text.casefold()
        return in_place if len(in_place) == len(self._text) else fold(self._text)

    def _span(self, start: int, end: int) -> Span:
        text = self._text if len(self._text) == len(self._folded) else self._folded
        return Span(start, end, text[start:end])

    def _is_whole(self, start: int, end: int) -> bool:
        """Tell whether every segmentation begins a word at the start and ends one at the end, and no name covers it."""
        if any(_cuts(start, end, *other) for other in self._found):
            return False
        edges = {at for at in (start, end) if self._is_inside_chinese(at)}
        return all(edges <= ends for ends in self._boundaries) and not self._is_part_of_name(start, end)

    def _is_inside_chinese(self, at: int) -> bool:
        return 0 < at < len(self._folded) and all(map(_HAN.match, self._folded[at - 1 : at + 1]))

    @cached_property
    def _boundaries(self) -> list[set[int]]:
        """The offsets at which words of the Chinese parts end, by each segmentation."""
        found: list[set[int]] = []
        for run in _HAN_RUN.finditer(self._folded):
            for number, parts in enumerate(chinese_cuts(run[0])):
                if number == len(found):
                    found.append(set())
                found[number].update(_ends(run.start(), parts))
        return found

    def _is_part_of_name(self, start: int, end: int) -> bool:
        text = self._folded
        wider = (
            text[left:right]
            for left in range(max(0, start - _AROUND), start + 1)
            for right in range(end, min(len(text), end + _AROUND) + 1)
            if (left, right) != (start, end) and _HAN.match(text[left]) and _HAN.match(text[right - 1])
        )
        return any(map(self._is_name, wider))


def _cuts(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Tell whether a place is a part of another or overlaps with it; it may contain it."""
    return start < other_end and other_start < end and not start <= other_start <= other_end <= end


def _ends(start: int, parts: Iterable[str]) -> Iterable[int]:
    for part in parts:
        start += len(part)
        yield start


def _may_be_word(form: str) -> bool:
    """Tell whether a folded text can be a tag: two letters at least, no stop word at either end."""
    if len(_LETTER.findall(form)) < _LEAST_LETTERS:
        return False
    found = words(form)
    return bool(found) and found[0] not in STOP_WORDS and found[-1] not in STOP_WORDS
