"""Features of where and how often a tag occurs in a product's text, for the ranker."""

import re
from collections.abc import Sequence

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

# A word, or one Chinese character.
_WORD = re.compile(rf"[^\W_{HAN_BASIC}]+|[{HAN_BASIC}]")


def position_features(product: Product, tags: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the features of each tag, (tags, 9)."""
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
