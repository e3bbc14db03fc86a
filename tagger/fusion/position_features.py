"""Features of where and how often a tag occurs in a product's text, for the ranker."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.text.scripts import HAN_BASIC
from tagger.vocabulary import fold, places, stands

# Whether the tag occurs in the text; how often; the offset of its first occurrence; the characters between that and the
# title's end; whether it is in the title; whether it lies within a longer candidate that occurs too; its number of
# words; the share of these words in the text; the title's length. Offsets are NaN for a tag that does not occur.
STANDING = (
    "stands",
    "times",
    "place",
    "left of the title",
    "in the title",
    "within another",
    "words",
    "words that stand",
    "title length",
)

Ints = npt.NDArray[np.int64]

# A word, or one Chinese character.
_WORD = re.compile(rf"[^\W_{HAN_BASIC}]+|[{HAN_BASIC}]")


class _Name(NamedTuple):
    """A tag's folded name and the words in it."""

    form: str
    words: tuple[str, ...]


@lru_cache(maxsize=1 << 14)
def _name(tag: str) -> _Name:
    form = fold(tag)
    return _Name(form, tuple(_WORD.findall(form)))


def position_features(
    products: Sequence[Product], product: Ints, tags: Sequence[str], tag: Ints
) -> npt.NDArray[np.float64]:
    """Return the features of pairs of a product and a tag, (pairs, 9); `product` and `tag` are their indices."""
    names = list(map(_name, tags))
    texts = [fold(each.text) for each in products]
    titles = np.array([len(fold(each.title)) for each in products], np.float64)
    count, share = _words(texts, product, names, tag)
    features = np.zeros((len(tag), len(STANDING)))
    features[:, 2:4] = np.nan
    features[:, 6], features[:, 7], features[:, 8] = count, share, titles[product]
    # A name can only occur in a text that has all its words, or if it has none.
    possible = np.flatnonzero(~(share < 1))
    standing: list[list[tuple[int, str]]] = [[] for _ in products]
    for row, at, number in zip(possible.tolist(), product[possible].tolist(), tag[possible].tolist(), strict=True):
        form = names[number].form
        if found := list(places(form, texts[at])):
            standing[at].append((row, form))
            left = titles[at] - (found[0] + len(form))
            features[row, :5] = 1, len(found), found[0], left, left >= 0
    for of_product in standing:
        for row, form in of_product:
            features[row, 5] = any(form in other and form != other and stands(form, other) for _, other in of_product)
    return features


def _words(texts: Sequence[str], product: Ints, names: Sequence[_Name], tag: Ints) -> tuple[Ints, np.ndarray]:
    """Return the number of words of each pair's tag, and the share of them in the text, (pairs,) each."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(w for _, w in names)))}
    present = np.zeros((len(texts), len(numbers)), np.int64)
    for row, text in zip(present, texts, strict=True):
        row[[numbers[word] for word in numbers.keys() & set(_WORD.findall(text))]] = 1
    ends = np.cumsum([0, *(len(words) for _, words in names)])
    flat = [numbers[word] for _, words in names for word in words]
    # Sums over the words up to the start and up to the end of each name.
    sums = np.zeros((len(texts), len(flat) + 1), np.int64)
    np.cumsum(present[:, flat], axis=1, out=sums[:, 1:])
    count = ends[tag + 1] - ends[tag]
    hits = sums[product, ends[tag + 1]] - sums[product, ends[tag]]
    return count, np.where(count > 0, hits / np.maximum(count, 1), np.nan)
