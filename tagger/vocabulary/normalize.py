"""Normalise tag names so that spelling variants compare equal, and find names in texts."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from index.text.folding import fold
from index.text.scripts import HAN_BASIC
from tagger.vocabulary import chinese, english

# Two adjacent letters or digits of one word; Chinese is written without word boundaries.
_JOINED = re.compile(rf"[^\W_{HAN_BASIC}]{{2}}")
_ACCENTS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# Words in Latin letters; numbers with their points, slashes and signs; other scripts; signs that distinguish names.
_TOKEN = re.compile(
    r"(?P<word>[a-z\u00df-\u024f]+)|(?P<number>(?:(?<!\S)[-+])?[0-9]+(?:[.,:/~-][0-9]+)*)"
    r"|[^\x00-\x7f\u00df-\u024f]+|[+#%$]|(?<=\S)-(?!\S)"
)
_NAMING_SIGNS = frozenset("°€£¥")


@lru_cache(maxsize=1 << 16)
def collapse(text: str) -> str:
    """Return a key that all spellings of a name share.

    In addition to `fold`, it ignores the differences between traditional and simplified characters, accents, singular
    and plural, British and American spelling, and spaces, hyphens and other punctuation, except between digits: 1.5 l
    is not 15 l. It is idempotent. A text that contains only punctuation is only folded.
    """
    text = fold(text)
    # Joining words may create a new plural, so repeat until nothing changes.
    while (once := _collapse_once(text)) not in ("", text):
        text = once
    return text


def _collapse_once(text: str) -> str:
    if not text.isascii():
        text = "".join(map(_without_punctuation, chinese.simplify(_without_accents(text))))
    text = _THOUSANDS.sub("", text.replace("&", " and ").replace("'", ""))
    found = list(_TOKEN.finditer(text))
    plain = [bool(each["word"]) and each[0].isascii() for each in found]
    words = iter(english.basic([each[0] for each, is_plain in zip(found, plain, strict=True) if is_plain]))
    return _join([next(words) if is_plain else each[0] for each, is_plain in zip(found, plain, strict=True)])


def _join(parts: Sequence[str]) -> str:
    """Join parts without spaces, except between two numbers and before a lone s, which would form a plural: XAVC S."""
    return "".join(
        f" {part}" if (before[-1:].isdigit() and part[-1:].isdigit()) or (before and part == "s") else part
        for before, part in pairwise(["", *parts])
    )


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def _without_punctuation(character: str) -> str:
    """Return a space for a non-ASCII sign, else the character; combining marks of Indic words are not signs."""
    if character in "’⁄":
        return "" if character == "’" else "/"
    if character.isascii() or character in _NAMING_SIGNS or unicodedata.category(character)[0] not in "PSZC":
        return character
    return " "


def stands(form: str, text: str) -> bool:
    """Return whether a name occurs in a text, both folded; in scripts with spaces it must match whole words."""
    return next(places(form, text), None) is not None


def places(form: str, text: str) -> Iterator[int]:
    """Yield the offset of each occurrence of a name in a text, by the rules of `stands`."""
    start = text.find(form) if form else -1
    while start >= 0:
        end = start + len(form)
        if not (_one_word(text[start - 1 : start + 1]) or _one_word(text[end - 1 : end + 1])):
            yield start
        start = text.find(form, start + 1)


def _one_word(pair: str) -> bool:
    return len(pair) == 2 and bool(_JOINED.fullmatch(pair))
