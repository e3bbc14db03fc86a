"""How plausible is a text as somebody's writing? A text read in the wrong encoding is not.

The cost of a text is a negative log-likelihood in nats: what each character costs by its frequency in a hundred
languages, plus what it costs that two kinds of characters stand side by side. The costs of the same bytes in two
encodings can be compared, also if they have different numbers of characters.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from index.text.scripts import HAN, KANA_OR_HANGUL

CHARACTERS: Final = Path(__file__).with_name("characters.txt")

# What a character costs that the table lacks, by its kind.
_UNSEEN: Final = {
    "neutral": 12.0,
    "lower": 17.0,
    "upper": 17.0,
    "letter": 18.0,
    "han": 20.0,
    "kana": 17.0,
    "hangul": 17.0,
    "symbol": 13.0,
    "punctuation": 13.0,
    "broken": 22.0,
}
_KINDS: Final = tuple(_UNSEEN)
_ASCII_COST: Final = 3.5
# Width and compatibility forms are rarer than what they stand for.
_COMPATIBILITY_COST: Final = 2.0
# Full-width punctuation is common in Chinese; the table has the ASCII forms instead.
_FULL_WIDTH: Final = frozenset("，：；！？（）")
_FULL_WIDTH_COST: Final = 9.0
_LATIN: Final = frozenset({"lower", "upper"})
_EAST_ASIAN: Final = frozenset({"han", "kana", "hangul", "punctuation"})
_HAN: Final = re.compile(f"[{HAN}]")
_KANA_OR_HANGUL: Final = re.compile(f"[{KANA_OR_HANGUL}]")


@cache
def _table() -> dict[str, float]:
    costs: dict[str, float] = {}
    for line in CHARACTERS.read_text("utf-8").splitlines():
        cost, _, characters = line.partition("\t")
        costs.update(dict.fromkeys(characters, float(cost)))
    return costs


@cache
def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if _HAN.match(character):
        return "han"
    if _KANA_OR_HANGUL.match(character):
        return "hangul" if unicodedata.name(character, "").startswith("HANGUL") else "kana"
    if character in "\t\n\r" or (category == "Zs" and character <= " "):
        return "neutral"
    if category in ("Cc", "Cn", "Co", "Cs", "Cf") or character == "\ufffd":
        return "broken"
    if category[0] in "LM":
        return _letter(character, category)
    if character.isascii():
        return "neutral"
    return "punctuation" if "\u3000" <= character <= "\u303f" or "\uff00" <= character <= "\uffef" else "symbol"


def is_broken(character: str) -> bool:
    """Tell whether a character is no part of anybody's writing: a control character, a code point with no meaning."""
    return _kind(character) == "broken"


def _letter(character: str, category: str) -> str:
    if "\uff66" <= character <= "\uff9f":
        return "kana"
    if not unicodedata.name(character, "").startswith("LATIN"):
        return "letter"
    return "upper" if category == "Lu" else "lower"


@cache
def _cost(character: str) -> float:
    known = _table().get(character)
    if known is not None:
        return known
    if character.isascii():
        return _UNSEEN["broken"] if _kind(character) == "broken" else _ASCII_COST
    plain = unicodedata.normalize("NFKC", character)
    if character in _FULL_WIDTH:
        return _FULL_WIDTH_COST
    if len(plain) == 1 and plain in _table():
        return _table()[plain] + _COMPATIBILITY_COST
    return _UNSEEN[_kind(character)]


def _beside(first: str, second: str) -> float:
    """Return what it costs that two kinds stand side by side."""
    pair = {first, second}
    if "neutral" in pair or len(pair) == 1:
        return 0.0
    if first in _LATIN and second in _LATIN:
        return 3.0 if second == "upper" else 0.0
    if "symbol" in pair and pair & (_LATIN | {"letter"}):
        return 2.0
    if pair <= _EAST_ASIAN:
        return 4.0 if "hangul" in pair and "punctuation" not in pair else 0.0
    if pair & _LATIN and pair & _EAST_ASIAN:
        return 1.0
    return 4.0


def cost_of(text: str) -> float:
    """Return the cost of a whole text in nats; lower is more plausible."""
    import numpy as np

    if not text:
        return 0.0
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    distinct, places = np.unique(codes, return_inverse=True)
    characters = [chr(code) for code in distinct]
    costs = np.array([_cost(each) for each in characters])[places]
    kinds = np.array([_KINDS.index(_kind(each)) for each in characters])[places]
    beside = np.array([[_beside(first, second) for second in _KINDS] for first in _KINDS])
    return float(costs.sum() + beside[kinds[:-1], kinds[1:]].sum())
