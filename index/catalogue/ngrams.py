"""What texts are looked up by: folded, and cut into grams that every substring of a text shares with it.

A gram is an ideograph with the character after it, or three characters of any other writing: Chinese has thousands of
characters and says much in two, an alphabet has few. No gram spans white space. A text that holds a word holds all
grams of the word, so products without them need not be read; a word too short for a gram is looked for in every text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.text.scripts import HAN_RANGES

Codes = npt.NDArray[np.int64]

_BITS = 21  # of a code point
_SPACE = 0x20
# So many grams tell a word from nearly all others; more of them only cost time.
_MOST_GRAMS = 8


@dataclass(frozen=True)
class Postings:
    """Each gram once, and where in `owners` the numbers of the texts that have it begin and end."""

    grams: Codes
    offsets: Codes
    owners: Codes


def grams(word: str) -> list[int]:
    """Return grams that a text must have to hold this folded word: at most eight, spread over it."""
    found = np.unique(_grams(_codes(word))[0])
    if len(found) > _MOST_GRAMS:
        found = found[np.linspace(0, len(found) - 1, _MOST_GRAMS).astype(int)]
    return [int(gram) for gram in found]


def is_gram(word: str) -> bool:
    """Tell whether a folded word is one gram and nothing else: a text that has the gram holds the word."""
    codes = _codes(word)
    return len(codes) == (2 if len(codes) and _is_han(codes)[0] else 3) and bool((codes > _SPACE).all())


def postings(texts: Sequence[str], numbers: Sequence[int]) -> Postings:
    """Invert folded texts: for each gram the numbers of the texts that have it, both ascending."""
    codes = _codes("\n\n".join(texts))
    found, places = _grams(codes)
    starts = np.cumsum([0, *(len(text) + 2 for text in texts)])[:-1]
    owners = np.asarray(numbers, np.int64)[np.searchsorted(starts, places, "right") - 1]
    order = np.lexsort((owners, found))
    found, owners = found[order], owners[order]
    first = np.ones(len(found), bool)
    first[1:] = (found[1:] != found[:-1]) | (owners[1:] != owners[:-1])
    found, owners = found[first], owners[first]
    distinct, begins = np.unique(found, return_index=True)
    return Postings(distinct, np.append(begins, len(found)).astype(np.int64), owners)


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)


def _is_han(codes: Codes) -> npt.NDArray[np.bool_]:
    han = np.zeros(len(codes), bool)
    for first, last in HAN_RANGES:
        han |= (first <= codes) & (codes <= last)
    return han


def _grams(codes: Codes) -> tuple[Codes, Codes]:
    """Return every gram and the place where it begins."""
    first, second, third = codes, *(np.append(codes[by:], [_SPACE] * by)[: len(codes)] for by in (1, 2))
    han = _is_han(first)
    whole = (first > _SPACE) & (second > _SPACE) & (han | (third > _SPACE))
    keys = np.where(han, (first << _BITS) | second, (((first << _BITS) | second) << _BITS) | third)
    places = np.flatnonzero(whole)
    return keys[places], places
