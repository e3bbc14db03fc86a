"""Split text into the features of the linear taggers: words, word pairs and character n-grams."""

import re
from collections.abc import Iterator
from itertools import pairwise

from index.text.scripts import HAN_BASIC

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_HAN = re.compile(f"[{HAN_BASIC}]+")


def words(text: str) -> list[str]:
    """Return lower-case words; Chinese is segmented with jieba's dictionary."""
    lowered = text.lower()
    whole: list[str] = _WORD.findall(lowered)
    if not _HAN.search(lowered):
        return whole
    found: list[str] = []
    for word in whole:
        found += _segment(word) if _HAN.search(word) else [word]
    return found


def word_spans(text: str) -> list[tuple[str, int, int]]:
    """Return the words with their start and end offsets in the text."""
    found: list[tuple[str, int, int]] = []
    for match in _WORD.finditer(text):
        place = match.start()
        # Some letters become two in lower case, which would shift the offsets; do not segment such a word.
        whole = not _HAN.search(match[0]) or len(match[0].lower()) != len(match[0])
        for part in [match[0]] if whole else cut_chinese(match[0].lower()):
            if _WORD.search(part):
                found.append((part.lower(), place, place + len(part)))
            place += len(part)
    return found


def _segment(text: str) -> list[str]:
    return [word for word in cut_chinese(text) if _WORD.search(word)]


def cut_chinese(text: str) -> list[str]:
    """Cut a run of Chinese into words, by jieba's dictionary; nothing is left out."""
    # Imported for Chinese only: it reads its dictionary.
    import rjieba

    parts: list[str] = rjieba.cut(text)
    return parts


def chinese_cuts(text: str) -> tuple[list[str], ...]:
    """Cut a run of Chinese in several ways: by the dictionary alone, and with words that the dictionary lacks."""
    import rjieba

    return rjieba.cut(text, False), cut_chinese(text)


def pairs(tokens: list[str]) -> list[str]:
    """Return pairs of adjacent words."""
    return [f"{first} {second}" for first, second in pairwise(tokens)]


def han_ngrams(text: str, lengths: tuple[int, ...] = (1, 2, 3)) -> Iterator[str]:
    """Yield the n-grams of Chinese characters of these lengths, marked with "#" so that they differ from words."""
    for run in _HAN.findall(text):
        for length in lengths:
            yield from (f"#{run[start : start + length]}" for start in range(len(run) - length + 1))


def latin_ngrams(tokens: list[str], lengths: tuple[int, ...] = (3, 4, 5)) -> Iterator[str]:
    """Yield the character n-grams of words without Chinese, with the ends of the words marked."""
    for token in tokens:
        if not _HAN.search(token):
            edged = f"<{token}>"
            for length in lengths:
                yield from (f"#{edged[start : start + length]}" for start in range(len(edged) - length + 1))
