"""The normal form of a text: the same for all spellings of the same words.

It ignores case, width, accents, trademark signs, the number of English nouns, British and American spelling,
traditional and simplified characters, hyphens, and the writing of quantities. Texts and names have the same one, so
that a name can be found in a text (`index.text.name_matching`).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

from index.errors import StaleArtifact
from index.text.characters import NAMING_SIGNS, fold_characters
from index.text.english import plain_words
from index.text.measures import DIMENSIONS, MEASURE, plain_number, plain_quantity, plain_size
from index.text.scripts import HAN_BASIC

# Models say which normal form their features were made with. Raise it with every change of a result; `FOLDED` is what
# models from before there was a normal form were made with.
VERSION: Final = 1
FOLDED: Final = 0

# Letters and digits but ideographs, in folded text; combining marks of Indic words count as letters.
_LETTER = rf"[^\x00-/:-`{{-\x7f{HAN_BASIC}{NAMING_SIGNS}×]"
_TOKEN = re.compile(
    rf"(?P<quantity>{DIMENSIONS}|{MEASURE})|(?P<han>[{HAN_BASIC}]+)"
    # A number may have a sign before it, and points and slashes in it.
    rf"|(?P<word>(?:(?<!\S)[-+](?=\d))?{_LETTER}+(?:(?<=\d)[.,:/~-](?=\d){_LETTER}+|'{_LETTER}+)*)"
    # Signs that tell names apart: C and C++, vitamin B and B-.
    rf"|(?P<sign>[+#%$&{NAMING_SIGNS}]|(?<=\S)-(?!\S))"
)
_ENGLISH = re.compile(r"[a-z]+")
_COUNTED = re.compile(r"(\d[\d.,:/~-]*)([a-z]+)")
_LOOSE = re.compile(r"[ _/'-]+")
# Texts of earlier versions have the letters in place of the sign: KettleTM.
_FORMER_MARK = re.compile(r"(?<=[a-z])TM\b")


class Gap(IntEnum):
    """What separates a token from the one before: nothing, something as loose as a space, or a sign or a new line."""

    NONE = 0
    LOOSE = 1
    FIRM = 2


class Token(NamedTuple):
    """A word, number, quantity, sign or run of ideographs, with its offsets in the original text.

    The characters of a run of ideographs, `han`, are in their original places.
    """

    text: str
    start: int
    end: int
    gap: Gap
    han: bool


@dataclass(frozen=True)
class NormalText:
    """The normal form of a text, as tokens."""

    tokens: tuple[Token, ...]

    @cached_property
    def text(self) -> str:
        """The tokens, with spaces between those that were separated."""
        return "".join(f" {each.text}" if each.gap else each.text for each in self.tokens)

    @cached_property
    def key(self) -> str:
        """The tokens without spaces, except between two numbers, and before a lone s, which would form a plural."""
        return "".join(self._parts)

    @cached_property
    def begins(self) -> list[int]:
        """The offset in the key at which each token begins."""
        begins, place = [], 0
        for part, token in zip(self._parts, self.tokens, strict=True):
            place += len(part)
            begins.append(place - len(token.text))
        return begins

    @cached_property
    def _parts(self) -> list[str]:
        return join_parts([token.text for token in self.tokens])

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original text of a part of the key that begins and ends at letters of tokens."""
        first, last = self.at(start), self.at(end - 1)
        begin, until = self.tokens[first], self.tokens[last]
        left = begin.start + (start - self.begins[first] if begin.han else 0)
        return left, until.start + end - self.begins[last] if until.han else until.end

    def at(self, place: int) -> int:
        """Return the index of the token at an offset in the key."""
        return bisect_right(self.begins, place) - 1

    def part(self, start: int, end: int) -> str:
        """Return the part of `text` for a part of the original; it is whole tokens, but for ideographs."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end) - 1
        if first > last:
            return ""
        begin, until = self.tokens[first], self.tokens[last]
        left = self._places[first] + (max(start - begin.start, 0) if begin.han else 0)
        right = self._places[last] + (min(end - until.start, len(until.text)) if until.han else len(until.text))
        return self.text[left:right]

    @cached_property
    def _places(self) -> list[int]:
        """The offset in `text` at which each token begins."""
        lengths = accumulate(len(each.text) + bool(each.gap) for each in self.tokens)
        return [length - len(token.text) for length, token in zip(lengths, self.tokens, strict=True)]

    @cached_property
    def _starts(self) -> list[int]:
        return [each.start for each in self.tokens]

    @cached_property
    def _ends(self) -> list[int]:
        return [each.end for each in self.tokens]


def join_parts(parts: Sequence[str]) -> list[str]:
    """Return parts that may be joined: with a space between two numbers, and before a lone s: XAVC S."""
    return [
        f" {part}" if (before[-1:].isdigit() and part[:1].isdigit()) or (before and part == "s") else part
        for before, part in pairwise(["", *parts])
    ]


# Several taggers and the ranker ask for the same texts.
@lru_cache(maxsize=1 << 11)
def normal_form(text: str) -> NormalText:
    """Return the normal form of a text or a name."""
    folded, offsets = fold_characters(_FORMER_MARK.sub("  ", text) if "TM" in text else text)
    found = list(_TOKEN.finditer(folded))
    tokens = []
    end = 0
    for match, plain in zip(found, _plain(found), strict=True):
        start = match.start()
        gap = _gap(folded[end:start]) if end else Gap.NONE
        end = match.end()
        first, last = _original(start, end, offsets)
        han = match.lastgroup == "han" and last - first == len(plain)
        tokens.append(Token(plain, first, last, gap, han))
    return NormalText(tuple(tokens))


def _original(start: int, end: int, offsets: Sequence[int] | None) -> tuple[int, int]:
    if offsets is None:
        return start, end
    return offsets[start], max(offsets[end], offsets[end - 1] + 1)


def _gap(between: str) -> Gap:
    if not between or between == " ":
        return Gap.LOOSE if between else Gap.NONE
    return Gap.LOOSE if _LOOSE.fullmatch(between) else Gap.FIRM


def _plain(found: Sequence[re.Match[str]]) -> list[str]:
    """Return the plain spelling of each token."""
    plain = [_plain_token(each.lastgroup or "", each[0]) for each in found]
    places = [
        place
        for place, (each, token) in enumerate(zip(found, plain, strict=True))
        if each.lastgroup == "word" and _ENGLISH.fullmatch(token)
    ]
    for place, word in zip(places, plain_words([plain[place] for place in places]), strict=True):
        plain[place] = plain_size(word)
    return plain


def _plain_token(kind: str, written: str) -> str:
    """Return the plain spelling of a token, but for English words: theirs depends on the word before."""
    if kind == "word":
        return _plain_mixed(written) if not written.isalpha() else written
    if kind == "quantity":
        return plain_quantity(written)
    return "and" if written == "&" else written


def _plain_mixed(token: str) -> str:
    token = plain_number(token.replace("'", ""))
    counted = _COUNTED.fullmatch(token)
    return f"{counted[1]}{plain_words([counted[2]])[0]}" if counted else token


def normal_text(text: str) -> str:
    """Return the normal form as text."""
    return normal_form(text).text


def saved_version(saved: Mapping[str, Any]) -> int:
    """Return the version that a model's saved data were made with; raises `StaleArtifact` if it is not known here."""
    version = saved.get("normal_form", FOLDED)
    if version not in (FOLDED, VERSION):
        raise StaleArtifact("fit.other-normal-form", found=version, expected=VERSION)
    return int(version)
