"""Split texts into words and phrases of a few consecutive words, with what separates them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.text.normal_form import VERSION
from index.text.plain_characters import plain_characters
from index.text.scripts import HAN_BASIC
from index.text.tokens import cut_chinese
from tagger.taggers.phrase.spelling import SPELLINGS, Spelling

Ints = npt.NDArray[np.int64]

# Shops name the product at the start of a text: only the first `MOST_WORDS` words are read. A phrase has at most
# `LONGEST` words.
MOST_WORDS = 24
LONGEST = 4

_WORD = re.compile(rf"[{HAN_BASIC}]+|[^\W_{HAN_BASIC}]+(?:['’&.+-][^\W_{HAN_BASIC}]+)*")
_IS_HAN = re.compile(f"[{HAN_BASIC}]")


class Gap(IntEnum):
    """What separates two words."""

    EDGE = 0
    NOTHING = 1
    SPACE = 2
    OPENING = 3
    CLOSING = 4
    DASH = 5
    SLASH = 6
    OTHER = 7
    LINE = 8


# No phrase extends across these.
_HARD = (Gap.EDGE, Gap.OPENING, Gap.CLOSING, Gap.LINE)
_IS_SOFT = np.array([gap not in _HARD for gap in Gap])
_USUAL = {"": Gap.NOTHING, " ": Gap.SPACE}
_SIGNS = (("([{（【《", Gap.OPENING), (")]}）】》", Gap.CLOSING), ("-–—", Gap.DASH), ("/", Gap.SLASH))


@dataclass(frozen=True)
class Tokens:
    """The first words of several texts, one text after the other; every array is (tokens,).

    `product` is the index of the token's product and `place` its position among the words, from 0. `start` and `end`
    are offsets into the text, in characters. `before` and `after` are the `Gap` on either side; `case` and `script` see
    `_case` and `_script`. `title` is the length of the product's title, in characters.
    """

    words: list[str]
    product: Ints
    place: Ints
    start: Ints
    end: Ints
    before: Ints
    after: Ints
    case: Ints
    script: Ints
    title: Ints

    @cached_property
    def previous(self) -> Ints:
        """The index of the previous token in the same text, -1 if there is none."""
        return np.where(self.place > 0, np.arange(len(self.words)) - 1, -1)

    @cached_property
    def next(self) -> Ints:
        """The index of the next token in the same text, -1 if there is none."""
        following = np.roll(self.place, -1) > 0
        return np.where(following, np.arange(len(self.words)) + 1, -1)


@dataclass(frozen=True)
class Spans:
    """Phrases from the token `first` to the token `last`, inclusive, (spans,) each, with their plain spellings."""

    tokens: Tokens
    first: Ints
    last: Ints
    phrases: list[str]

    @cached_property
    def product(self) -> Ints:
        """The index of each phrase's product, (spans,)."""
        return self.tokens.product[self.first]

    def written(self, span: int, text: str) -> tuple[int, int, str]:
        """Return a phrase's start, end and original spelling in its text."""
        start, end = int(self.tokens.start[self.first[span]]), int(self.tokens.end[self.last[span]])
        return start, end, text[start:end]


def spans_of(products: Sequence[Product], version: int = VERSION) -> Spans:
    """Return all phrases among the first words of each text, spelled by this version of the normal form."""
    spellings = [SPELLINGS[version](product.text) for product in products]
    tokens = _tokens(spellings, [len(plain_characters(product.title)) for product in products])
    first, last = _ranges(tokens)
    parts = zip(tokens.product[first].tolist(), tokens.start[first].tolist(), tokens.end[last].tolist(), strict=True)
    return Spans(tokens, first, last, [spellings[number].part(start, end) for number, start, end in parts])


def _tokens(spellings: Sequence[Spelling], titles: Sequence[int]) -> Tokens:
    rows = [
        (number, place, start, end, before, after, _case(word), _script(word), titles[number])
        for number, each in enumerate(spellings)
        for place, (start, end, before, after) in enumerate(_cut(each))
        for word in [each.text[start:end]]
    ]
    words = [spellings[number].part(start, end) for number, _, start, end, *_ in rows]
    columns = np.array(rows, np.int64).reshape(-1, 9).T
    return Tokens(words, *columns)


def _cut(spelling: Spelling) -> Iterator[tuple[int, int, Gap, Gap]]:
    """Yield the start and end of each of the first words, and the gap before and after it."""
    text = spelling.text
    found = [place for place, _ in zip(_words(spelling), range(MOST_WORDS + 1), strict=False)]
    edges = [(0, 0), *found, (len(text), len(text))]
    for number, (start, end) in enumerate(found[:MOST_WORDS], start=1):
        before = Gap.EDGE if number == 1 else _gap(text[edges[number - 1][1] : start])
        after = Gap.EDGE if number == len(found) else _gap(text[end : edges[number + 1][0]])
        yield start, end, before, after


def _words(spelling: Spelling) -> Iterator[tuple[int, int]]:
    for match in _WORD.finditer(spelling.text):
        if not _IS_HAN.match(match[0]):
            yield match.span()
            continue
        end = match.start()
        for word in cut_chinese(spelling.ideographs(match[0])):
            start, end = end, end + len(word)
            yield start, end


def _gap(between: str) -> Gap:
    if between in _USUAL:
        return _USUAL[between]
    if "\n" in between:
        return Gap.LINE
    if between.isspace():
        return Gap.SPACE
    return next((kind for signs, kind in _SIGNS if any(sign in between for sign in signs)), Gap.OTHER)


def _case(word: str) -> int:
    """Return 0 for non-ASCII words, 1 for lower case, 2 for an initial capital, 3 for all capitals."""
    if not word.isascii():
        return 0
    return 3 if word.isupper() and len(word) > 1 else 2 if word[0].isupper() else 1


def _script(word: str) -> int:
    """Return a bit mask: 1 if all characters are ASCII letters, 2 if there is a digit, 4 for non-ASCII characters."""
    if word.isascii() and word.isalpha():
        return 1
    return 2 * any(map(str.isdigit, word)) + 4 * (not word.isascii())


def _ranges(tokens: Tokens) -> tuple[Ints, Ints]:
    """Return the first and last token of each phrase, in text order."""
    soft = _IS_SOFT[tokens.after]
    going_on = np.ones(len(tokens.words), bool)
    first, last = [], []
    for length in range(LONGEST):
        starts = np.flatnonzero(going_on)
        first.append(starts)
        last.append(starts + length)
        ends = np.minimum(np.arange(len(going_on)) + length, max(len(going_on) - 1, 0))
        going_on = going_on & soft[ends] & (tokens.next[ends] >= 0) if len(going_on) else going_on
    firsts, lasts = np.concatenate(first), np.concatenate(last)
    order = np.lexsort((lasts, firsts))
    return firsts[order], lasts[order]
