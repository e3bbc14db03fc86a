"""The texts of the generated reference, by language.

The product describes itself in English: help texts, comments of settings, docstrings. `english.toml` has what it does
not say, `chinese.toml` all of it, by stable names such as a command and its option. A missing text stops the build.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LANGUAGES = {"en": "english.toml", "zh": "chinese.toml"}


class MissingText(LookupError):
    """A text has not been written in a language yet."""


@dataclass(frozen=True)
class Texts:
    """Looks texts up; `used` collects what was asked for, so that a test finds what nobody asks for."""

    file: str
    values: Mapping[str, Mapping[str, str]]
    used: set[tuple[str, str]] = field(default_factory=set)

    def find(self, sections: str | tuple[str, ...], key: str, said: str = "") -> str:
        """Return the text of a key from the first section that has it, or in English what the product says itself.

        Raises `MissingText` if there is none.
        """
        wanted = (sections,) if isinstance(sections, str) else sections
        for section in wanted:
            if key in self.values.get(section, {}):
                self.used.add((section, key))
                return self.values[section][key]
        if said and self.file == LANGUAGES["en"]:
            return said
        raise MissingText(f'docs_site/texts/{self.file} lacks "{key}" under ["{wanted[0]}"]; in English: {said!r}')

    def head(self, *keys: str) -> list[str]:
        """Return the heads of a table's columns."""
        return [self.find("heads", key) for key in keys]


def texts_of(language: str) -> Texts:
    """Read the texts of a language."""
    file = LANGUAGES[language]
    return Texts(file, tomllib.loads((Path(__file__).parent / file).read_text("utf-8")))
