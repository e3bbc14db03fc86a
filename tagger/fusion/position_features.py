"""Features of where and how often a tag occurs in a product's text, for the ranker."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.text.normal_form import VERSION
from tagger.vocabulary.text_reading import READERS, ReadText

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


@lru_cache(maxsize=1 << 14)
def _name(tag: str, version: int) -> ReadText:
    return READERS[version](tag)


def position_features(
    products: Sequence[Product], product: Ints, tags: Sequence[str], tag: Ints, version: int = VERSION
) -> npt.NDArray[np.float64]:
    """Return the features of pairs of a product and a tag, (pairs, 9); `product` and `tag` are their indices.

    `version` is that of the texts' normal form; offsets count its characters.
    """
    names = [_name(each, version) for each in tags]
    read = READERS[version]
    texts = [read(each.text) for each in products]
    titles = np.array([len(read(each.title).letters) for each in products], np.float64)
    count, share = _words(texts, product, names, tag)
    features = np.zeros((len(tag), len(STANDING)))
    features[:, 2:4] = np.nan
    features[:, 6], features[:, 7], features[:, 8] = count, share, titles[product]
    standing: list[list[tuple[int, int]]] = [[] for _ in products]
    for row, (at, number) in enumerate(zip(product.tolist(), tag.tolist(), strict=True)):
        name = names[number].letters
        # Most names do not occur, which is quickly seen.
        if name in texts[at].letters and (found := list(texts[at].find(tags[number]))):
            standing[at].append((row, number))
            left = titles[at] - (found[0] + len(name))
            features[row, :5] = 1, len(found), found[0], left, left >= 0
            # A name may be written as one word in the text.
            features[row, 7] = 1 if names[number].words else np.nan
    for of_product in standing:
        for row, number in of_product:
            features[row, 5] = any(_lies_within(tags[number], names[number], names[other]) for _, other in of_product)
    return features


def _lies_within(tag: str, name: ReadText, other: ReadText) -> bool:
    """Return whether a tag's name is a part of another name."""
    return name.letters != other.letters and name.letters in other.letters and any(True for _ in other.find(tag))


def _words(texts: Sequence[ReadText], product: Ints, names: Sequence[ReadText], tag: Ints) -> tuple[Ints, np.ndarray]:
    """Return the number of words of each pair's tag, and the share of them in the text, (pairs,) each."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(n.words for n in names)))}
    present = np.zeros((len(texts), len(numbers)), np.int64)
    for row, text in zip(present, texts, strict=True):
        row[[numbers[word] for word in numbers.keys() & set(text.words)]] = 1
    ends = np.cumsum([0, *(len(each.words) for each in names)])
    flat = [numbers[word] for each in names for word in each.words]
    # Sums over the words up to the start and up to the end of each name.
    sums = np.zeros((len(texts), len(flat) + 1), np.int64)
    np.cumsum(present[:, flat], axis=1, out=sums[:, 1:])
    count = ends[tag + 1] - ends[tag]
    hits = sums[product, ends[tag + 1]] - sums[product, ends[tag]]
    return count, np.where(count > 0, hits / np.maximum(count, 1), np.nan)
