"""What was found out about a file before its products are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.files.columns import Columns, resolve
from index.files.readers.options import ReadingOptions
from index.files.row_reader import Layout, find_layout, kind_of, read_rows
from index.files.tag_splitting import TagColumn, TagSplit


@dataclass(frozen=True)
class TagReading:
    """How the tags of a file are read: where cells are split, and the usual spelling of each other spelling."""

    split: TagSplit = field(default_factory=TagSplit)
    spellings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileProfile:
    """A file's layout, its columns in order, the columns that are read by field, and how its tags are read."""

    path: Path
    layout: Layout
    columns: tuple[str, ...]
    fields: Mapping[str, str]
    tags: TagReading

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns that no field is read from."""
        return tuple(column for column in self.columns if column not in self.fields.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the profile as JSON values, for a report."""
        encoding, delimited = self.layout.encoding, self.layout.delimited
        found: dict[str, Any] = {"file": str(self.path), "kind": kind_of(self.path)}
        if encoding:
            found |= {"encoding": encoding.name, "sample": encoding.sample}
        if delimited:
            found |= {"delimiter": delimited.delimiter, "skipped_lines": delimited.skip_lines}
        split = self.tags.split
        return found | {
            "fields": dict(self.fields),
            "unused": list(self.unused),
            "tags_split": split.found,
            "tags_split_score": round(split.score, 3),
            "spellings": dict(self.tags.spellings),
        }


def profile_file(path: Path, columns: Columns, options: ReadingOptions) -> FileProfile:
    """Read a file once to its end, and return what was found out.

    Raises `BadInput` if it cannot be read at all.
    """
    layout = find_layout(path, options)
    names: dict[str, None] = {}
    fields: dict[str, str] = {}
    cells = TagColumn()
    known: Any = None
    for row in read_rows(path, options, layout):
        if row.values is None:
            continue
        if row.values.keys() != known:
            known = row.values.keys()
            if not names.keys() >= known:
                names |= dict.fromkeys(known)
                fields = resolve(columns, names)
        if (column := fields.get("tags")) is not None:
            cells.add(row.values.get(column))
    split = TagSplit.named(options.tags_split) if options.tags_split else cells.split()
    return FileProfile(path, layout, tuple(map(str, names)), fields, TagReading(split, cells.spellings(split)))
