"""Cut texts into phrases: a few words in a row, with what stands around them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.text.scripts import HAN_BASIC
from tagger.vocabulary import fold

Ints = npt.NDArray[np.int64]

# A shop names what it sells at the start of a text; so many words of it are read, and so many make a phrase at most.
MOST_WORDS = 24
LONGEST = 4

_WORD = re.compile(rf"[{HAN_BASIC}]+|[^\W_{HAN_BASIC}]+(?:['’&.+-][^\W_{HAN_BASIC}]+)*")
_IS_HAN = re.compile(f"[{HAN_BASIC}]")


class Gap(IntEnum):
    """What stands between two words."""

    EDGE = 0
    NOTHING = 1
    SPACE = 2
    OPENING = 3
    CLOSING = 4
    DASH = 5
    SLASH = 6
    OTHER = 7
    LINE = 8


# No phrase goes on over these.
_HARD = (Gap.EDGE, Gap.OPENING, Gap.CLOSING, Gap.LINE)
_SIGNS = (("([{（【《", Gap.OPENING), (")]}）】》", Gap.CLOSING), ("-–—", Gap.DASH), ("/", Gap.SLASH))


@dataclass(frozen=True)
class Tokens:
    """The first words of several texts, one text after the other; every array is (tokens,).

    `product` and `place` say whose word it is and the how manieth, `start` and `end` where it stands in the text, in
    characters, `before` and `after` what `Gap` it has, `case` and `script` how it is written, `title` how long the
    title is.
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
        """The token before each in its text, -1 where there is none."""
        return np.where(self.place > 0, np.arange(len(self.words)) - 1, -1)

    @cached_property
    def next(self) -> Ints:
        """The token after each in its text, -1 where there is none."""
        following = np.roll(self.place, -1) > 0
        return np.where(following, np.arange(len(self.words)) + 1, -1)


@dataclass(frozen=True)
class Spans:
    """Phrases from the token `first` to the token `last`, (spans,) each, with their folded texts."""

    tokens: Tokens
    first: Ints
    last: Ints
    phrases: list[str]

    @cached_property
    def product(self) -> Ints:
        """Whose phrase each is, (spans,)."""
        return self.tokens.product[self.first]

    def written(self, span: int, text: str) -> tuple[int, int, str]:
        """Return where a phrase stands in its text, and how it is written there."""
        start, end = int(self.tokens.start[self.first[span]]), int(self.tokens.end[self.last[span]])
        return start, end, text[start:end]


def spans_of(products: Sequence[Product]) -> Spans:
    """Return every phrase of the first words of each text."""
    texts = [product.text for product in products]
    tokens = _tokens(texts, [len(product.title) for product in products])
    first, last = _ranges(tokens)
    owners, starts, ends = tokens.product[first].tolist(), tokens.start[first].tolist(), tokens.end[last].tolist()
    phrases = [fold(texts[owner][start:end]) for owner, start, end in zip(owners, starts, ends, strict=True)]
    return Spans(tokens, first, last, phrases)


def _tokens(texts: Sequence[str], titles: Sequence[int]) -> Tokens:
    rows = [
        (number, place, start, end, before, after, _case(text[start:end]), _script(text[start:end]), titles[number])
        for number, text in enumerate(texts)
        for place, (start, end, before, after) in enumerate(_cut(text))
    ]
    words = [fold(texts[number][start:end]) for number, _, start, end, *_ in rows]
    columns = np.array(rows, np.int64).reshape(-1, 9).T
    return Tokens(words, *columns)


def _cut(text: str) -> Iterator[tuple[int, int, Gap, Gap]]:
    """Yield the first words: from where, to where, and what stands before and after."""
    found = [place for place, _ in zip(_words(text), range(MOST_WORDS + 1), strict=False)]
    edges = [(0, 0), *found, (len(text), len(text))]
    for number, (start, end) in enumerate(found[:MOST_WORDS], start=1):
        before = Gap.EDGE if number == 1 else _gap(text[edges[number - 1][1] : start])
        after = Gap.EDGE if number == len(found) else _gap(text[end : edges[number + 1][0]])
        yield start, end, before, after


def _words(text: str) -> Iterator[tuple[int, int]]:
    import rjieba

    for match in _WORD.finditer(text):
        if not _IS_HAN.match(match[0]):
            yield match.span()
            continue
        end = match.start()
        for word in rjieba.cut(match[0]):
            start, end = end, end + len(word)
            yield start, end


def _gap(between: str) -> Gap:
    if not between:
        return Gap.NOTHING
    if "\n" in between:
        return Gap.LINE
    if between.isspace():
        return Gap.SPACE
    return next((kind for signs, kind in _SIGNS if any(sign in between for sign in signs)), Gap.OTHER)


def _case(word: str) -> int:
    """Return 0 for writing without case, 1 for lower, 2 for a capital first, 3 for capitals throughout."""
    if not word.isascii():
        return 0
    return 3 if word.isupper() and len(word) > 1 else 2 if word[0].isupper() else 1


def _script(word: str) -> int:
    """Return a sum: 1 for Latin letters only, 2 for a digit, 4 for anything beyond ASCII."""
    return (word.isascii() and word.isalpha()) + 2 * any(map(str.isdigit, word)) + 4 * (not word.isascii())


def _ranges(tokens: Tokens) -> tuple[Ints, Ints]:
    """Return the first and the last token of each phrase, in the order of the text."""
    soft = ~np.isin(tokens.after, _HARD)
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
