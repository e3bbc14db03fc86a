"""How texts and names are read: in their normal form, or only folded, as models before it do."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from index.text.folding import fold
from index.text.name_matching import find_name, name_of
from index.text.normal_form import FOLDED, VERSION, NormalText, normal_form
from index.text.scripts import HAN_BASIC
from tagger.vocabulary.normalize import places

# A word, or one Chinese character.
_WORD = re.compile(rf"[^\W_{HAN_BASIC}]+|[{HAN_BASIC}]")


class ReadText(Protocol):
    """A text or a name as it is read: its letters, its words, and where it has names."""

    @property
    def letters(self) -> str:
        """The text in which `find` counts."""
        ...

    @property
    def words(self) -> tuple[str, ...]:
        """The words, and the single ideographs."""
        ...

    def find(self, name: str) -> Iterator[int]:
        """Yield the offset of each occurrence of a name."""
        ...


@dataclass(frozen=True)
class _Folded:
    letters: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(_WORD.findall(self.letters))

    def find(self, name: str) -> Iterator[int]:
        return places(fold(name), self.letters)


@dataclass(frozen=True)
class _Normal:
    form: NormalText

    @property
    def letters(self) -> str:
        return self.form.key

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(_WORD.findall(self.form.text))

    def find(self, name: str) -> Iterator[int]:
        return (start for start, _ in find_name(name_of(name), self.form))


def _read_folded(text: str) -> ReadText:
    return _Folded(fold(text))


def _read_normal(text: str) -> ReadText:
    return _Normal(normal_form(text))


Read = Callable[[str], ReadText]
# By the version of the normal form.
READERS: Mapping[int, Read] = {FOLDED: _read_folded, VERSION: _read_normal}
