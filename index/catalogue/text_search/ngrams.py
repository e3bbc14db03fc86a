"""N-grams for substring search in folded texts.

A gram is a Han character and the character after it, or three characters of any other script: Chinese has thousands of
characters and says much in two, an alphabet has few. No gram spans white space. A text that contains a word contains
all of the word's grams, so products without them need not be read. A word shorter than a gram is searched for in every
text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.text.scripts import HAN_RANGES

Codes = npt.NDArray[np.int64]

_BITS = 21  # per code point
_SPACE = 0x20
# This many grams tell a word from nearly all others; more would only cost time.
_MOST_GRAMS = 8


@dataclass(frozen=True)
class Postings:
    """An inverted index: gram i is in the texts `owners[offsets[i]:offsets[i + 1]]`, each text given by its number."""

    grams: Codes
    offsets: Codes
    owners: Codes


def grams(word: str) -> list[int]:
    """Return grams that a text must have to contain this folded word: at most eight, spread over the word."""
    found = np.unique(_grams(_codes(word))[0])
    if len(found) > _MOST_GRAMS:
        found = found[np.linspace(0, len(found) - 1, _MOST_GRAMS).astype(int)]
    return [int(gram) for gram in found]


def is_gram(word: str) -> bool:
    """Tell whether a folded word is exactly one gram, so that every text with the gram contains the word."""
    codes = _codes(word)
    return len(codes) == (2 if len(codes) and _is_han(codes)[0] else 3) and bool((codes > _SPACE).all())


def postings(texts: Sequence[str], numbers: Sequence[int]) -> Postings:
    """Invert folded texts: for each gram the numbers of the texts that contain it, both ascending."""
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
    """Return every gram and the position where it begins."""
    first, second, third = codes, *(np.append(codes[by:], [_SPACE] * by)[: len(codes)] for by in (1, 2))
    han = _is_han(first)
    whole = (first > _SPACE) & (second > _SPACE) & (han | (third > _SPACE))
    keys = np.where(han, (first << _BITS) | second, (((first << _BITS) | second) << _BITS) | third)
    places = np.flatnonzero(whole)
    return keys[places], places
