"""Plain characters for matching, and which part of the text each of them came from."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# NFKC would make TM of it, a part of the word before.
_MARKS: Final = ("™", "℠")
_MARK: Final = re.compile(f"({'|'.join(_MARKS)})")


def plain_characters(text: str) -> str:
    """Return a clean text in NFKC but for ™ and ℠: ½, ⁵ and full-width letters become plain characters."""
    if unicodedata.is_normalized("NFKC", text):
        return text
    # NFKC puts a space before a lone accent.
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    parts = _MARK.split(text)
    return "".join([part if part in _MARKS else unicodedata.normalize("NFKC", part) for part in parts])


@dataclass(frozen=True)
class Alignment:
    """Where each of the plain characters came from: the start and the end of a part of the text."""

    starts: Sequence[int]
    ends: Sequence[int]

    def part(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the text that some plain characters came from."""
        return self.starts[start], self.ends[end - 1]


def align(lines: Sequence[str]) -> Alignment:
    """Align the plain characters of some lines with the lines, both joined by line breaks.

    Characters that were normalised together, such as a letter with its accent, came from the same part.
    """
    starts: list[int] = []
    ends: list[int] = []
    offset = 0
    for number, line in enumerate(lines):
        if number:
            starts.append(offset - 1)
            ends.append(offset)
        for begin, end in _origins(line):
            starts.append(offset + begin)
            ends.append(offset + end)
        offset += len(line) + 1
    return Alignment(starts, ends)


def _origins(line: str) -> Iterator[tuple[int, int]]:
    """Yield the part that each plain character of the line came from."""
    normal = plain_characters(line)
    place = 0
    for begin, end in _parts(line):
        for character in _plain(line[begin:end]):
            # Surplus spaces of NFKC are left out.
            if place < len(normal) and character == normal[place]:
                yield begin, end
                place += 1


def _parts(line: str) -> Iterator[tuple[int, int]]:
    """Yield the shortest parts that can be normalised one by one."""
    begin = 0
    for place in range(1, len(line)):
        if _apart(line[begin:place], line[place]):
            yield begin, place
            begin = place
    if line:
        yield begin, len(line)


def _apart(before: str, character: str) -> bool:
    if before.isascii() and character.isascii():
        return True
    # Marks change places with one another: the second may join the letter.
    if unicodedata.combining(character):
        return False
    whole = _plain(before + character)
    return whole == _plain(before) + _plain(character)
