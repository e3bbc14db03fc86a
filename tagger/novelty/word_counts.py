"""How familiar a text's words are: words that no product of the store has point to another kind of product."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.text.normal_form import normal_text
from index.text.tokens import words

Ints = npt.NDArray[np.int64]

_HASH_BYTES = 8
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class WordCounts:
    """The number of products that have each word. `hashes` are the words' sorted hashes and `counts` theirs, (words,).

    `products` is the number of products counted.
    """

    hashes: Ints
    counts: Ints
    products: int

    def rows(self, words: Ints) -> Ints:
        """Return the row of each word by its hash, -1 for a word that no product has."""
        if not len(self.hashes):
            return np.full(len(words), -1, np.int64)
        places = np.minimum(np.searchsorted(self.hashes, words), len(self.hashes) - 1)
        return np.where(self.hashes[places] == words, places, -1)

    def of(self, words: Ints) -> Ints:
        """Return the number of products with each word, by its hash."""
        rows = self.rows(words)
        return np.where(rows >= 0, self.counts[rows], 0) if len(self.counts) else np.zeros(len(words), np.int64)


def count_words(texts: Sequence[Ints]) -> WordCounts:
    """Count in how many texts each word is; a text is given as the hashes of its distinct words."""
    whole = np.concatenate(texts) if texts else np.zeros(0, np.int64)
    hashes, counts = np.unique(whole, return_counts=True)
    return WordCounts(hashes, counts.astype(np.int64), len(texts))


def word_hashes(text: str) -> Ints:
    """Return the sorted hashes of a text's distinct words in any spelling; what has digits is no word here."""
    found = {word for word in words(normal_text(text)) if not _DIGIT.search(word)}
    return np.array(sorted(map(_hash, found)), np.int64)


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=_HASH_BYTES).digest(), signed=True)
