"""Columns in several languages: `name-zh_CN`, `title_en`, `description (fr)`."""

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from index.files.field_names import plain
from index.product import Translation
from index.text.language import LANGUAGES

# Languages that shops write in, by their codes in ISO 639-1. Not all: `id` is
# a column of its own.
_CODES: Final = (
    "zh", "en", "de", "fr", "es", "it", "pt", "nl", "ja", "ko", "ru", "pl", "sv", "da", "fi", "nb", "cs", "tr", "ar",
    "th", "vi", "ms", "hu", "ro", "el", "uk", "cn",
)  # fmt: skip
_LOCALISED: Final = re.compile(
    rf"(?P<base>.+?)\s*(?:[-_.: ]|\s*[\[(])\s*(?P<lang>{'|'.join(_CODES)})"
    r"(?:[-_](?:[A-Z]{2}|Hans|Hant)(?:[-_][A-Z]{2})?)?\s*[\])]?(?:-[\w]+)?",
    re.IGNORECASE,
)
_OTHER_NAMES: Final = {"cn": "zh"}


@dataclass(frozen=True)
class Localised:
    """A column in one language: the name without the language, its code, and the language as `Product.lang` has it."""

    base: str
    code: str
    lang: str
    column: str


def localised(column: str) -> Localised | None:
    """Return what a column's name says of its language; `None` if it says nothing."""
    found = _LOCALISED.fullmatch(column.strip())
    if not found:
        return None
    code = found["lang"].lower()
    return Localised(plain(found["base"]), code, language_of(code), column)


def language_of(code: str) -> str:
    """Return the language of a locale or of the code of a store view, such as `zh_CN` or `en`; "other" if unknown."""
    main = re.split(r"[-_]", code.strip().lower())[0]
    main = _OTHER_NAMES.get(main, main)
    return main if main in LANGUAGES else "other"


def in_languages(columns: Sequence[str], names: Sequence[str]) -> list[Localised]:
    """Return the columns that have one of these names and a language, in order."""
    found = (localised(column) for column in columns)
    return [each for each in found if each and each.base in names]


def translations_in(value: Any) -> list[Translation]:
    """Return the texts in other languages in a list of objects with `lang`, `title` and `description`, or such JSON."""
    if isinstance(value, str) and value.startswith("["):
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value)
    if not isinstance(value, list | tuple):
        return []
    objects = [each for each in value if isinstance(each, Mapping)]
    texts = [[each.get(name) or "" for name in ("lang", "title", "description")] for each in objects]
    return [
        *(each for each in value if isinstance(each, Translation)),
        *(Translation(*each) for each in texts if all(isinstance(text, str) for text in each)),
    ]
