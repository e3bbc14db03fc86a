"""The normal form of a text: the same for all spellings of the same words.

It ignores case, width, accents, trademark signs, the number of English nouns, British and American spelling,
traditional and simplified characters, hyphens, and the writing of quantities. Texts and names have the same one, so
that a name can be found in a text (`index.text.name_matching`).
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from operator import add
from typing import Any, Final, NamedTuple

from index.errors import StaleArtifact
from index.text.characters import NAMING_SIGNS, fold_characters
from index.text.english import CONTEXT, plain_word
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
    """What separates a token from the one before: nothing, a hyphen, something like a space, a sign or a new line."""

    NONE = 0
    HYPHEN = 1
    LOOSE = 2
    FIRM = 3


class _Gaps(dict[str, int]):
    """The gap for each text between two tokens; short ones are kept."""

    def __missing__(self, between: str) -> int:
        # Plain numbers: members of an enumeration take time to look up and to store.
        gap = int(Gap.LOOSE if _LOOSE.fullmatch(between) else Gap.FIRM)
        if len(between) <= _SHORT_GAP_CHARS:
            self[between] = gap
        return gap


_SHORT_GAP_CHARS = 2
_GAPS = _Gaps({"": int(Gap.NONE), "-": int(Gap.HYPHEN)})
# The numbers of the groups of `_TOKEN`.
_QUANTITY, _HAN, _WORD = (_TOKEN.groupindex[name] for name in ("quantity", "han", "word"))
_SPACES = {int(gap): " " if gap else "" for gap in Gap}


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
    """The normal form of a text: its tokens, each with the fields of `Token`, one sequence a field.

    Thousands of texts are kept in memory, so tokens are not objects of their own.
    """

    words: tuple[str, ...]
    starts: Sequence[int]
    ends: Sequence[int]
    gaps: Sequence[int]
    han: Sequence[int]

    @property
    def tokens(self) -> list[Token]:
        """The tokens in order."""
        fields = zip(self.words, self.starts, self.ends, map(Gap, self.gaps), map(bool, self.han), strict=True)
        return [Token(*each) for each in fields]

    @cached_property
    def text(self) -> str:
        """The tokens, with spaces between those that were separated."""
        return "".join(self._spaced_words())

    @cached_property
    def key(self) -> str:
        """The tokens without spaces, except between two numbers, and before a lone s, which would form a plural."""
        return "".join(join_parts(self.words))

    @cached_property
    def begins(self) -> Sequence[int]:
        """The offset in the key at which each token begins."""
        return _begins(join_parts(self.words), self.words)

    @cached_property
    def _places(self) -> Sequence[int]:
        """The offset in `text` at which each token begins."""
        return _begins(self._spaced_words(), self.words)

    def _spaced_words(self) -> list[str]:
        return list(map(add, map(_SPACES.__getitem__, self.gaps), self.words))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original text of a part of the key that begins and ends at letters of tokens."""
        first, last = self.at(start), self.at(end - 1)
        left = self.starts[first] + (start - self.begins[first] if self.han[first] else 0)
        return left, self.starts[last] + end - self.begins[last] if self.han[last] else self.ends[last]

    def at(self, place: int) -> int:
        """Return the index of the token at an offset in the key."""
        return bisect_right(self.begins, place) - 1

    def spaced(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of `text` for a part of the key that begins and ends at letters of tokens."""
        first, last = self.at(start), self.at(end - 1)
        return self._places[first] + start - self.begins[first], self._places[last] + end - self.begins[last]

    def part(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of `text` for a part of the original; it is whole tokens, but for ideographs."""
        first, last = bisect_right(self.ends, start), bisect_left(self.starts, end) - 1
        if first > last:
            return 0, 0
        left = self._places[first] + (max(start - self.starts[first], 0) if self.han[first] else 0)
        length = len(self.words[last])
        return left, self._places[last] + (min(end - self.starts[last], length) if self.han[last] else length)


def _begins(parts: Sequence[str], words: Sequence[str]) -> Sequence[int]:
    ends = accumulate(map(len, parts))
    return array("i", [end - len(word) for end, word in zip(ends, words, strict=True)])


def join_parts(parts: Sequence[str]) -> list[str]:
    """Return parts that may be joined: with a space between two numbers, and before a lone s: XAVC S."""
    return [
        f" {part}" if (before[-1:].isdigit() and part[:1].isdigit()) or (before and part == "s") else part
        for before, part in pairwise(["", *parts])
    ]


# Several taggers and the ranker ask for the same texts, in a fit for all of them again and again.
@lru_cache(maxsize=1 << 14)
def normal_form(text: str) -> NormalText:
    """Return the normal form of a text or a name."""
    folded, offsets = fold_characters(_FORMER_MARK.sub("  ", text) if "TM" in text else text)
    # A large file has millions of tokens, so that each step is one call for all tokens of a text.
    found = list(_TOKEN.finditer(folded))
    kinds = [match.lastindex for match in found]
    written = list(map(re.Match.group, found))
    starts, ends = list(map(re.Match.start, found)), list(map(re.Match.end, found))
    words = tuple([each if kind == _HAN else _spell(kind, each) for kind, each in zip(kinds, written, strict=True)])
    if CONTEXT in folded:
        words = tuple(_in_context(kinds, written, words))
    between = [folded[end:start] for end, start in zip(ends, starts[1:], strict=False)]
    gaps = bytes([0, *map(_GAPS.__getitem__, between)]) if words else b""
    han = [kind == _HAN for kind in kinds]
    if offsets is not None:
        ends = [max(offsets[end], offsets[end - 1] + 1) for end in ends]
        starts = [offsets[start] for start in starts]
        lengths = [end - start for start, end in zip(starts, ends, strict=True)]
        han = [each and length == len(word) for each, length, word in zip(han, lengths, words, strict=True)]
    return NormalText(words, array("i", starts), array("i", ends), gaps, bytes(han))


@lru_cache(maxsize=1 << 16)
def _spell(kind: int | None, written: str) -> str:
    """Return the plain spelling of a token."""
    if kind == _QUANTITY:
        return plain_quantity(written)
    if kind != _WORD:
        return "and" if written == "&" else written
    word = plain_number(written.replace("'", ""))
    if _ENGLISH.fullmatch(word):
        return plain_size(plain_word(word))
    counted = _COUNTED.fullmatch(word)
    return f"{counted[1]}{plain_word(counted[2])}" if counted else word


def _in_context(kinds: Sequence[int | None], written: Sequence[str], words: Sequence[str]) -> Iterator[str]:
    """Yield the plain spellings again, of English words in context as the English word before has them."""
    before = ""
    for kind, each, word in zip(kinds, written, words, strict=True):
        english = kind == _WORD and _ENGLISH.fullmatch(plain_number(each.replace("'", "")))
        yield plain_word(each, before) if english and each.endswith(CONTEXT) else word
        before = each if english else before


def normal_text(text: str) -> str:
    """Return the normal form as text."""
    return normal_form(text).text


def saved_version(saved: Mapping[str, Any]) -> int:
    """Return the version that a model's saved data were made with; raises `StaleArtifact` if it is not known here."""
    version = saved.get("normal_form", FOLDED)
    if version not in (FOLDED, VERSION):
        raise StaleArtifact("fit.other-normal-form", found=version, expected=VERSION)
    return int(version)
