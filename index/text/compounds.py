"""Divide words as names divide them: lunchbox becomes "lunch box" where that is a name."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from index.text.name_matching import Name, is_name, name_of
from index.text.normal_form import NormalText, normal_form


class Compounds:
    """The names of a store, by their keys; of names with one key the first counts."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    @cached_property
    def _divided(self) -> dict[str, tuple[Name, str]]:
        """The names that a text may divide in another way, with their normal forms."""
        divided: dict[str, tuple[Name, str]] = {}
        for each in self._names:
            name = name_of(each)
            if name.key and not name.key.isdigit():
                divided.setdefault(name.key, (name, normal_form(each).text))
        return divided

    @cached_property
    def _matcher(self) -> Any:
        import ahocorasick_rs

        return ahocorasick_rs.AhoCorasick(list(self._divided)) if self._divided else None

    @cached_property
    def _by_pattern(self) -> list[tuple[Name, str]]:
        return list(self._divided.values())

    def normal_text(self, text: str) -> str:
        """Return the normal form of a text as text, with the names in it divided as they are by themselves."""
        form = normal_form(text)
        parts: list[str] = []
        end = 0
        for first, last, divided in self._changes(form):
            if first >= end:
                parts += (form.text[end:first], divided)
                end = last
        return "".join((*parts, form.text[end:])) if parts else form.text

    def _changes(self, form: NormalText) -> list[tuple[int, int, str]]:
        """Return the parts of the normal text to replace, the first and longest first, with their replacements."""
        return sorted(self._find(form), key=lambda change: (change[0], -change[1])) if self._matcher else []

    def _find(self, form: NormalText) -> Iterator[tuple[int, int, str]]:
        for pattern, start, end in self._matcher.find_matches_as_indexes(form.key, overlapping=True):
            name, divided = self._by_pattern[pattern]
            first, last = form.spaced(start, end)
            if form.text[first:last] != divided and is_name(name, form, start, end):
                yield first, last, divided
