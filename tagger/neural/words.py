"""The words of texts as numbers."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.text.normal_form import VERSION
from tagger.taggers.word_features import WordFeatures

Ids = npt.NDArray[np.int64]

PADDING, UNKNOWN = 0, 1
_SPECIAL = 2
# The widest window of the convolutions is not longer than the shortest text.
SHORTEST = 5
_FILE = "words.json"


class WordTable:
    """Numbers the words of training texts that occur in `least_products`, and their tags.

    A text has at most `longest` words. Chinese words that are not known are read as characters.
    """

    def __init__(self, least_products: int, longest: int) -> None:
        self._least = least_products
        self._longest = longest
        self._places: dict[str, int] = {}
        self._split = WordFeatures("words", VERSION, [])
        self.tags: list[str] = []

    def __len__(self) -> int:
        """Return how many numbers there are, with those of padding and of unknown words."""
        return len(self._places) + _SPECIAL

    def fit(self, products: Sequence[Product]) -> None:
        """Collect the tags and the words of labelled products."""
        self.tags = sorted({tag for product in products for tag in product.tags})
        self._split = WordFeatures("words", VERSION, self.tags)
        counts: Counter[str] = Counter()
        for product in products:
            found = self._split(product.text)
            counts.update({*found, *(letter for word in found if not word.isascii() for letter in word)})
        least = min(self._least, len(products))
        self._places = {word: place for place, word in enumerate(sorted(counts), _SPECIAL) if counts[word] >= least}
        self._places = {word: place for place, word in enumerate(self._places, _SPECIAL)}

    def ids(self, texts: Iterable[str]) -> list[Ids]:
        """Return the numbers of each text's words; at least `SHORTEST`, filled with padding."""
        return [self._ids(text) for text in texts]

    def _ids(self, text: str) -> Ids:
        places, found = self._places, list[int]()
        for word in self._split(text):
            if word in places or word.isascii():
                found.append(places.get(word, UNKNOWN))
            else:
                found += [places.get(letter, UNKNOWN) for letter in word]
        found = found[: self._longest] or [UNKNOWN]
        return np.array(found + [PADDING] * (SHORTEST - len(found)), np.int64)

    def shown(self, text: str) -> list[str]:
        """Return the words of a text as they are numbered, without padding."""
        found = list[str]()
        for word in self._split(text):
            found += [word] if word in self._places or word.isascii() else list(word)
        return found[: self._longest]

    def save(self, folder: Path) -> None:
        """Write the words and the tags."""
        learnt = {"tags": self.tags, "words": list(self._places), "normal_form": VERSION}
        (folder / _FILE).write_text(json.dumps(learnt, ensure_ascii=False), "utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        learnt = json.loads((folder / _FILE).read_text("utf-8"))
        self.tags = learnt["tags"]
        self._places = {word: place for place, word in enumerate(learnt["words"], _SPECIAL)}
        self._split = WordFeatures("words", learnt["normal_form"], self.tags)


def pad(rows: Sequence[Ids]) -> Ids:
    """Return rows of one length, (rows, longest)."""
    padded = np.full((len(rows), max(map(len, rows))), PADDING, np.int64)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return padded


def by_length(rows: Sequence[Ids]) -> dict[int, list[int]]:
    """Group the places of rows by length. What is computed of one never depends on another's padding."""
    groups: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(len(row), []).append(place)
    return groups
