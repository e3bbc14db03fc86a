"""Fold single characters: case, width, accents, and signs that say nothing."""

import re
import unicodedata
from collections.abc import Sequence

from index.text.chinese import simplify
from index.text.scripts import HAN

_HAN = re.compile(f"[{HAN}]")
# Of these characters only capital letters are folded. A backquote is none of them: it becomes an apostrophe.
_COMMON = re.compile("[\0-_a-\x7f\u4e00-\u9fff]*")
# Signs that are not ASCII and yet tell names apart.
NAMING_SIGNS = "°€£¥"
# NFKC would spell ™ and ℠ as letters.
_MARKS = "™℠®©"
_SAME = {
    **dict.fromkeys(_MARKS, " "),
    **dict.fromkeys("’‘ʼ`´", "'"),
    **dict.fromkeys("×✕✖╳", "×"),
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("″”“", '"'),
    **dict.fromkeys(NAMING_SIGNS),
    "⁄": "/",
}
_ACCENTS = range(0x300, 0x370)
# Initials of the categories of punctuation, symbols, separators and control characters.
_SILENT = frozenset("PSZC")


class _Folds(dict[str, str]):
    """The folded form of each character, computed once."""

    def __missing__(self, character: str) -> str:
        folded = self[character] = _fold_character(character)
        return folded


def fold_characters(text: str) -> tuple[str, Sequence[int] | None]:
    """Return the folded text, and for each of its characters the offset of the original one.

    The offsets have one entry more, for the end. They are None if every character keeps its place.
    """
    if text.isascii():
        return text.lower(), None
    if _COMMON.fullmatch(text):
        return simplify(text.lower()), None
    parts = list(map(_FOLDS.__getitem__, text))
    folded = simplify("".join(parts)) if _HAN.search(text) else "".join(parts)
    lengths = set(map(len, parts))
    if lengths == {1}:
        return folded, None
    return folded, [*(place for place, part in enumerate(parts) for _ in part), len(text)]


def _fold_character(character: str) -> str:
    if character in _SAME:
        return _SAME[character] or character
    return "".join(map(_fold_plain, unicodedata.normalize("NFKC", character).casefold()))


def _fold_plain(character: str) -> str:
    """Return a letter without its accent, a space for a sign that is not ASCII, and nothing for a lone accent."""
    if character in _SAME or character.isascii():
        return _SAME.get(character) or character
    if ord(character) in _ACCENTS:
        return ""
    if unicodedata.category(character)[0] in _SILENT:
        return " "
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else character


_FOLDS = _Folds()
