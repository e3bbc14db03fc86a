"""Describe by numbers how a tag stands in a product's text, for the ranker."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.text.scripts import HAN_BASIC
from tagger.vocabulary import fold, places, stands

# Whether it stands there at all, how often, from which character on, how far from the title's end, whether in the
# title, whether within another candidate's longer name that stands there; how many words it has, and which share of
# them stands there; the title's length. What does not stand there has no place.
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

# A word, or one Chinese character.
_WORD = re.compile(rf"[^\W_{HAN_BASIC}]+|[{HAN_BASIC}]")


def position_features(product: Product, tags: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the numbers of each tag, (tags, 9)."""
    text, title = fold(product.text), fold(product.title)
    words = set(_WORD.findall(text))
    forms = [fold(tag) for tag in tags]
    found = [list(places(form, text)) for form in forms]
    standing_forms = [form for form, at in zip(forms, found, strict=True) if at]
    rows = [
        [
            *_places(form, at, len(title)),
            any(form != other and stands(form, other) for other in standing_forms) if at else 0,
            *_words(form, words),
            len(title),
        ]
        for form, at in zip(forms, found, strict=True)
    ]
    return np.array(rows, float).reshape(-1, len(STANDING))


def _places(form: str, at: Sequence[int], title: int) -> tuple[float, ...]:
    if not at:
        return (0, 0, np.nan, np.nan, 0)
    left = title - (at[0] + len(form))
    return (1, len(at), at[0], left, left >= 0)


def _words(form: str, words: set[str]) -> tuple[float, float]:
    own = _WORD.findall(form)
    return len(own), sum(word in words for word in own) / len(own) if own else np.nan
