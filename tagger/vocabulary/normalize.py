"""Tell whether two texts are one name: by case and width, or by anything that is a matter of spelling."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from index.text.folding import fold
from index.text.scripts import HAN_BASIC
from tagger.vocabulary import chinese, english

# Two letters or digits that stand together in one word; Chinese has no word borders in writing.
_JOINED = re.compile(rf"[^\W_{HAN_BASIC}]{{2}}")
_ACCENTS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# Words in Latin letters; numbers, whose points, strokes and signs count; other scripts; signs that tell names apart.
_TOKEN = re.compile(
    r"(?P<word>[a-z\u00df-\u024f]+)|(?P<number>(?:(?<!\S)[-+])?[0-9]+(?:[.,:/~-][0-9]+)*)"
    r"|[^\x00-\x7f\u00df-\u024f]+|[+#%$]|(?<=\S)-(?!\S)"
)
_NAMING_SIGNS = frozenset("°€£¥")


@lru_cache(maxsize=1 << 16)
def collapse(text: str) -> str:
    """Return what all ways of spelling a name have in common.

    Over `fold` it folds traditional and simplified characters, accents, singular and plural, British and American
    spelling, spaces, hyphens and other punctuation, but not between digits: 1.5 l is not 15 l. Idempotent. A text of
    punctuation alone is only folded.
    """
    text = fold(text)
    # Words that are written together may make a plural of their own.
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
    """Write parts together, but for two numbers, and an s of its own, which would make a plural: XAVC S."""
    return "".join(
        f" {part}" if (before[-1:].isdigit() and part[-1:].isdigit()) or (before and part == "s") else part
        for before, part in pairwise(["", *parts])
    )


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def _without_punctuation(character: str) -> str:
    """Return the character, a space for a sign outside of ASCII: marks that Indic words are made of are none."""
    if character in "’⁄":
        return "" if character == "’" else "/"
    if character.isascii() or character in _NAMING_SIGNS or unicodedata.category(character)[0] not in "PSZC":
        return character
    return " "


def stands(form: str, text: str) -> bool:
    """Tell whether a name stands in a text, both folded: as words of its own in writing that has spaces."""
    return next(places(form, text), None) is not None


def places(form: str, text: str) -> Iterator[int]:
    """Yield where a name stands in a text, as `stands` says."""
    start = text.find(form) if form else -1
    while start >= 0:
        end = start + len(form)
        if not (_one_word(text[start - 1 : start + 1]) or _one_word(text[end - 1 : end + 1])):
            yield start
        start = text.find(form, start + 1)


def _one_word(pair: str) -> bool:
    return len(pair) == 2 and bool(_JOINED.fullmatch(pair))
