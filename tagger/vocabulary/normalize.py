"""Normalise tag names so that spelling variants compare equal, and find names in texts."""

import re
from collections.abc import Iterator
from functools import lru_cache

from index.text.english import plain_last
from index.text.folding import fold
from index.text.normal_form import join_parts, normal_form
from index.text.scripts import HAN_BASIC

# Two adjacent letters or digits of one word; Chinese is written without word boundaries.
_JOINED = re.compile(rf"[^\W_{HAN_BASIC}]{{2}}")


@lru_cache(maxsize=1 << 16)
def collapse(text: str) -> str:
    """Return a key that all spellings of a name share.

    It is the key of the normal form (`index.text.normal_form`), with the last word of several in the singular: the
    shorts of "running shorts" are a plural, and "shorts" alone are not. It is idempotent. A text that contains only
    punctuation is only folded.
    """
    # Joining words may create a new plural, so repeat until nothing changes.
    while (once := _collapse_once(text)) not in ("", text):
        text = once
    return once or fold(text)


def _collapse_once(text: str) -> str:
    parts = list(normal_form(text).words)
    words = [place for place, part in enumerate(parts) if part.isascii() and part.isalpha()]
    if len(words) > 1:
        parts[words[-1]] = plain_last(parts[words[-1]])
    return "".join(join_parts(parts))


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
