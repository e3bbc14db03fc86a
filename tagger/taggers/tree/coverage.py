"""How much of a name's words a text has, weighted by how rare the words are among the names."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.text.normal_form import normal_text
from index.text.tokens import han_ngrams, words

Floats = npt.NDArray[np.float32]

# Where the first part of an English title ends. Its last word is usually the thing itself: "wooden mug for tea".
_FIRST_PART = re.compile(r"[,|(\[:;–—]| - | (?:with|for|by|from|in|of|to) ", re.IGNORECASE)
_NGRAMS = (2, 3)
_LEAST_LETTERS, _LEAST_HAN = 3, 2
_FUNCTION_WORDS = frozenset({"and", "the", "with", "for", "from", "this", "that", "our", "your", "new", "pack", "set"})


def name_tokens(text: str) -> list[str]:
    """Return the distinct words of a text's normal form, and the pairs and triples of Chinese characters."""
    plain = normal_text(text)
    return list(dict.fromkeys([*words(plain), *han_ngrams(plain, _NGRAMS)]))


def text_tokens(product: Product, head: float) -> dict[str, float]:
    """Return the tokens of a product's text with weight 1, but `head` for the thing that an English title names."""
    found = dict.fromkeys(name_tokens(product.text), 1.0)
    latin = [word for word in _first_part(product) if word.isascii() and word.isalpha()]
    return found | dict.fromkeys(latin[-1:], head)


def title_words(product: Product) -> list[str]:
    """Return the distinct words of the first part of the title, without numbers, short words and function words."""
    long = [word for word in _first_part(product) if len(word) >= (_LEAST_LETTERS if word.isascii() else _LEAST_HAN)]
    return list(dict.fromkeys(word for word in long if word.isalpha() and word not in _FUNCTION_WORDS))


def _first_part(product: Product) -> list[str]:
    title = product.title or product.text
    return words(normal_text(_FIRST_PART.split(title, maxsplit=1)[0]))


class NameCoverage:
    """The words of many names, for finding which names a text covers.

    A name's coverage is the share of its words' weights that the text has; the weight of a word in df of n names is
    ln((1 + n) / (1 + df)) + 1.
    """

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        self._size = len(names)
        frequency = Counter(token for tokens in names for token in tokens)
        weights = {token: math.log((1 + len(names)) / (1 + count)) + 1 for token, count in frequency.items()}
        places: dict[str, list[int]] = {token: [] for token in weights}
        shares: dict[str, list[float]] = {token: [] for token in weights}
        for place, tokens in enumerate(names):
            total = sum(weights[token] for token in tokens)
            for token in tokens:
                places[token].append(place)
                shares[token].append(weights[token] / total)
        self._postings: Mapping[str, tuple[npt.NDArray[np.intp], Floats]] = {
            token: (np.array(places[token], np.intp), np.array(shares[token], np.float32)) for token in weights
        }

    def of(self, tokens: Mapping[str, float]) -> Floats:
        """Return the coverage of each name by weighted tokens, float32 (names,)."""
        covered = np.zeros(self._size, np.float32)
        for token, weight in tokens.items():
            if token in self._postings:
                places, shares = self._postings[token]
                covered[places] += np.float32(weight) * shares
        return covered


def coverage_of(products: Iterable[Product], names: Sequence[NameCoverage], head: float) -> Floats:
    """Return how well each product's text covers each node's name in the better of its languages.

    float32 (products, nodes); `names` has the names of all nodes in one language each.
    """
    found = [text_tokens(product, head) for product in products]
    return np.stack([np.maximum.reduce([each.of(tokens) for each in names]) for tokens in found])
