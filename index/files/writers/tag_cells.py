"""Change the tags in a cell in the way in which the cells of its column are written."""

import ast
import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from index.errors import BadInput
from index.files.dialects.base import TagFormat
from index.files.tag_splitting import TagSplit, is_missing, named_item
from index.text.cleaning import clean
from index.text.folding import fold

_BAR: Final = "|"


@dataclass(frozen=True)
class CellEdit:
    """How the tags of a cell change: some are added, others removed, by their folded names; or all are replaced."""

    added: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()
    replaces: bool = False

    def removes(self, tag: str) -> bool:
        """Tell whether a tag goes."""
        return self.replaces or fold(tag) in self.removed


@dataclass(frozen=True)
class TagCells:
    """How the cells of a column of tags are written; `joiner` is what separates two tags, with its spaces."""

    format: TagFormat = field(default_factory=TagSplit)
    joiner: str = _BAR

    def edit(self, cell: str, edit: CellEdit) -> str:
        """Return the cell with other tags. What is written there stays as it is if nothing is removed."""
        own = self._read(cell) or []
        kept = [tag for tag in own if not edit.removes(tag)]
        if own and len(kept) == len(own):
            if not edit.added:
                return cell
            extended = self._extended(cell, edit.added)
            if self._read(extended) == [*own, *edit.added]:
                return extended
        return self.written([*kept, *edit.added], like=cell)

    def written(self, tags: Sequence[str], *, like: str = "") -> str:
        """Return a cell with these tags, in the form of another one if it is a list; reading it gives the same tags."""
        listed = _list_style(like)
        if not tags:
            return "[]" if listed else ""
        if listed:
            return listed.dump(tags)
        quoted = self.joiner.join(map(_quoted, tags))
        found = (each for each in (self._joined(tags), quoted, _BAR.join(tags)) if self._read(each) == list(tags))
        return next(found, json.dumps(list(tags), ensure_ascii=False))

    def _extended(self, cell: str, tags: Sequence[str]) -> str:
        if listed := _list_style(cell):
            return listed.extend(cell, tags)
        return cell.rstrip() + (" " if _has_hashes(self.format) else self.joiner) + self._joined(tags)

    def _joined(self, tags: Sequence[str]) -> str:
        if isinstance(self.format, TagSplit):
            return " ".join(f"#{tag}" for tag in tags) if self.format.hashes else self.joiner.join(tags)
        with contextlib.suppress(BadInput):
            return self.joiner.join(self.format.join([tag]) for tag in tags)
        return self.joiner.join(tags)

    def _read(self, cell: str) -> list[str] | None:
        if is_missing(cell):
            return []
        try:
            found = [clean(str(named_item(tag))) for tag in self.format.tags(cell) if tag is not None]
        except BadInput:
            return None
        return [tag for tag in found if tag]


def _quoted(tag: str) -> str:
    return '"' + tag.replace('"', '""') + '"'


@dataclass(frozen=True)
class _ListStyle:
    """A list as text, in JSON or in Python."""

    python: bool
    ascii: bool
    comma: str

    def dump(self, tags: Sequence[str]) -> str:
        return f"[{self.comma.join(map(self._item, tags))}]"

    def extend(self, cell: str, tags: Sequence[str]) -> str:
        end = cell.rindex("]")
        return cell[:end] + self.comma + self.comma.join(map(self._item, tags)) + cell[end:]

    def _item(self, tag: str) -> str:
        return repr(tag) if self.python else json.dumps(tag, ensure_ascii=self.ascii)


def _list_style(cell: str) -> _ListStyle | None:
    text = cell.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    comma = ", " if ", " in text or "," not in text else ","
    for python, read in ((False, json.loads), (True, ast.literal_eval)):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list):
            return _ListStyle(python, "\\u" in text, comma)
    return None


def _has_hashes(format: TagFormat) -> bool:
    return isinstance(format, TagSplit) and format.hashes


def cells_of(values: Iterable[Any], format: TagFormat) -> TagCells:
    """Find out how the tags in a column are joined, from its cells."""
    usual = _BAR
    if not isinstance(format, TagSplit):
        usual = format.join(["a", "b"])[1:-1]
        mark = re.escape(usual.strip() or usual)
    elif format.text:
        usual = format.text
        mark = re.escape(format.text)
    elif format.found and not format.hashes:
        mark = f"[{re.escape(format.found)}]"
    else:
        return TagCells(format)
    texts = (value for value in values if isinstance(value, str) and not _list_style(value))
    counts = Counter(joiner for text in texts for joiner in re.findall(rf"[ \t]*{mark}[ \t]*", text))
    return TagCells(format, max(counts, key=lambda joiner: (counts[joiner], joiner), default=usual))
