"""Tell Chinese, English and other text apart by script."""

import re
from typing import Final, Literal

from index.text.scripts import HAN, KANA_OR_HANGUL

Language = Literal["zh", "en", "other"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en", "other")

# Runs of characters, since a text has fewer of them.
_HAN = re.compile(f"[{HAN}]+")
_KANA_OR_HANGUL = re.compile(f"[{KANA_OR_HANGUL}]+")
_ASCII_LETTERS = re.compile("[A-Za-z]+")
_LETTERS = re.compile(r"[^\W\d_]+")

# A Chinese title is often half brand and model number in Latin letters, and one ideograph says about as much as three
# of those.
_HAN_WEIGHT = 3


def detect_language(text: str) -> Language:
    """Return "zh", "en" or "other".

    The script decides. Any text in plain Latin letters counts as English, so German without umlauts does too. Kana or
    hangul make a text "other" even if it has ideographs.
    """
    han = _count(_HAN, text)
    ascii_letters = _count(_ASCII_LETTERS, text)
    letters = _count(_LETTERS, text)
    if not letters:
        return "other"
    if _count(_KANA_OR_HANGUL, text) * 5 > han:
        return "other"
    if han * _HAN_WEIGHT >= ascii_letters and han * _HAN_WEIGHT * 2 >= letters:
        return "zh"
    return "en" if ascii_letters * 10 >= letters * 8 else "other"


def _count(runs: re.Pattern[str], text: str) -> int:
    return sum(map(len, runs.findall(text)))
