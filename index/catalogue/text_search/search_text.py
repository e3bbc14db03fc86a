"""The text that is searched, and the words that are looked for in it: both in the normal form."""

import re
from collections.abc import Iterable
from functools import lru_cache

from index.product import Translation
from index.text.folding import fold
from index.text.normal_form import normal_form

_SIGNS = re.compile(r"[\W_]+")
_SIGNS_IN_TEXT = re.compile(r"(?:[^\w\s]|_)+")


def searchable(text: str) -> str:
    """Return the normal form of a text, and what it lacks: words whose beginnings differ, and signs.

    While a person types "shelves", the first letters find it, although the normal form is "shelf".
    """
    if not text:
        return ""
    form = normal_form(text)
    # Characters of lower case stay in their places but for rare ones, with which a word too many does no harm.
    lowered = text.lower()
    others: dict[str, None] = {}
    if not all(map(lowered.startswith, form.words, form.starts)):
        others = {
            fold(text[start:end]): None
            for word, start, end in zip(form.words, form.starts, form.ends, strict=True)
            if word.isascii() and word.isalpha() and not lowered.startswith(word, start)
        }
    signs = dict.fromkeys(_SIGNS_IN_TEXT.findall(lowered))
    return "\n".join([form.text, *others, *signs])


def searchable_rest(description: str, tags: Iterable[str], translations: Iterable[Translation] = ()) -> str:
    """Return the searchable text other than the title; newlines keep words of one part from running into the next."""
    translated = (text for each in translations for text in (each.title, each.description) if text)
    return "\n".join([searchable(description), *map(_searchable_tag, tags), *map(searchable, translated)])


# Many products have the same tags.
_searchable_tag = lru_cache(maxsize=1 << 14)(searchable)


def search_words(text: str) -> list[str]:
    """Return the words to look for, as they are in searchable texts; of signs only those that stand alone count."""
    alone = [word for word in fold(text).split() if _SIGNS.fullmatch(word) and not normal_form(word).words]
    return [*normal_form(text).text.split(), *alone]
