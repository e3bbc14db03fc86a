"""How shops write several tags into one cell."""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from index.errors import BadInput
from index.files.tag_splitting import NO_SPLIT, TagSplit, bare, is_missing, outside_quotes

_KEPT: Final = "\0"
_AS_LIST: Final = TagSplit.named(NO_SPLIT)


def unchanged(text: str) -> str:
    """Return a text as it is."""
    return text


@dataclass(frozen=True)
class Separated:
    """Tags with a separator between them, such as `linen, summer`.

    With `path`, a tag may be a path of categories, and each level is a tag; `roots` are levels that all paths begin
    with. With `escape`, a separator after it is part of a tag. With `quoted`, a cell has several tags only if
    they are in quotation marks. `name` turns what is written into the tag, and an empty text is none; `spell` does the
    reverse.
    """

    separator: str = ","
    path: str = ""
    escape: str = ""
    between: str = ", "
    roots: tuple[str, ...] = ()
    quoted: bool = False
    name: Callable[[str], str] = unchanged
    spell: Callable[[str], str] = unchanged

    def tags(self, cell: str) -> list[Any]:
        """Return the tags of a cell, which may be a list as text. Raises `BadInput` if it is a list with a mistake."""
        # An entity ends with a semicolon.
        text = (html.unescape(cell) if ";" in self.separator else cell).strip()
        if not text or is_missing(text):
            return []
        if text.startswith(("[", '"[')):
            return _AS_LIST.tags(cell)
        levels = [level for part in self._parts(text) for level in self._levels(part)]
        named = (self.name(html.unescape(level).strip()) for level in levels)
        return list(dict.fromkeys(filter(None, named)))

    def join(self, tags: Sequence[str]) -> str:
        """Return the cell with these tags. Raises `BadInput` if one has the separator inside."""
        return self.between.join(self._written(self.spell(tag), several=len(tags) > 1) for tag in tags)

    def _written(self, tag: str, *, several: bool) -> str:
        if self.quoted:
            return f'"{tag}"' if several else tag
        if self.separator not in tag:
            return tag
        if not self.escape:
            raise BadInput("tags.separator-inside", tag=tag, separator=self.separator)
        return tag.replace(self.separator, self.escape + self.separator)

    def _parts(self, text: str) -> list[str]:
        if self.quoted and not text.startswith('"'):
            return [text]
        if self.escape:
            parts = text.replace(self.escape + self.separator, _KEPT).split(self.separator)
            return [part.replace(_KEPT, self.separator) for part in parts]
        return [bare(part) for part in outside_quotes(text, re.escape(self.separator))]

    def _levels(self, part: str) -> list[str]:
        if not self.path:
            return [part]
        levels = [level.strip() for level in part.split(self.path)]
        return levels[1:] if levels[0] in self.roots else levels
