"""Change the tags in a JSON text; all else stays as it is written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from index.files.tag_splitting import named_item
from index.files.writers.json_spans import Member, items, members
from index.files.writers.tag_cells import CellEdit, TagCells
from index.text.cleaning import clean

_NAMES: Final = ("name", "label", "title", "value")


class Replacement(NamedTuple):
    """A part of a text, and what is written instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class JsonStyle:
    """How a text is written: what separates two values, and whether characters beyond ASCII are escaped."""

    comma: str = ", "
    ascii: bool = False

    @classmethod
    def of(cls, text: str) -> "JsonStyle":
        """Find out how a text is written."""
        return cls(", " if ", " in text or "," not in text else ",", text.isascii() and "\\u" in text)

    def value(self, value: Any) -> str:
        """Return a value as JSON."""
        return json.dumps(value, ensure_ascii=self.ascii)

    def texts(self, tags: Sequence[str]) -> str:
        """Return a list of texts as JSON."""
        return f"[{self.comma.join(map(self.value, tags))}]"


@dataclass(frozen=True)
class JsonEditor:
    """Changes the tags in one member of objects."""

    column: str
    cells: TagCells
    style: JsonStyle

    def replacement(self, text: str, start: int, edit: CellEdit) -> Replacement | None:
        """Return what changes in the object that begins at a place of the text; None for nothing."""
        found = members(text, start)
        former = next((each for each in reversed(found) if each.name == self.column), None)
        if former is None:
            return self._new(text, start, found, edit.added) if edit.added else None
        if isinstance(former.value, list):
            return self._changed(text, former, edit)
        if isinstance(former.value, str):
            new = self.cells.edit(former.value, edit)
            return None if new == former.value else Replacement(former.start, former.end, self.style.value(new))
        return Replacement(former.start, former.end, self.style.texts(edit.added)) if edit.added else None

    def _new(self, text: str, start: int, found: Sequence[Member], tags: Sequence[str]) -> Replacement:
        """Return a new member after the last one, set apart as that is."""
        name, value = self.style.value(self.column), self.style.texts(tags)
        if not found:
            return Replacement(start + 1, start + 1, f"{name}: {value}")
        last = found[-1]
        apart = text[found[-2].end : last.begin] if len(found) > 1 else "," + (text[start + 1 : last.begin] or " ")
        return Replacement(last.end, last.end, f"{apart}{name}{text[last.named : last.start]}{value}")

    def _changed(self, text: str, former: Member, edit: CellEdit) -> Replacement | None:
        found = items(text, former.start)
        kept = [each for each in found if not edit.removes(_name(each.value))]
        if len(kept) == len(found) and not edit.added:
            return None
        written = [text[each.start : each.end] for each in kept] + self._items(found, edit.added)
        return Replacement(former.start, former.end, self._joined(text, former, found, written))

    def _items(self, found: Sequence[Member], tags: Sequence[str]) -> list[str]:
        """Return new items in the form of the others: objects with a name if those are objects."""
        first = found[0].value if found else None
        key = next((name for name in _NAMES if isinstance(first, dict) and isinstance(first.get(name), str)), "")
        return [self.style.value({key: tag} if key else tag) for tag in tags]

    def _joined(self, text: str, former: Member, found: Sequence[Member], written: Sequence[str]) -> str:
        """Join items with what separates the first two, and around all."""
        if not found or not written:
            return f"[{self.style.comma.join(written)}]"
        before, after = text[former.start : found[0].start], text[found[-1].end : former.end]
        if len(found) > 1:
            between = text[found[0].end : found[1].start]
        else:
            between = f",{before[1:]}" if "\n" in before else self.style.comma
        return before + between.join(written) + after


def _name(value: Any) -> str:
    named = named_item(value)
    return clean(named) if isinstance(named, str) else str(named)
