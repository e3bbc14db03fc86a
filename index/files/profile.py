"""What was found out about a file before its products are read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from index.errors import BadInput
from index.files.columns import Columns
from index.files.dialects.base import Dialect, FileReading, TagCell
from index.files.dialects.grouping import Late, LateRows
from index.files.dialects.recognition import dialect_named, recognise
from index.files.field_names import likely_title
from index.files.readers.options import ReadingOptions
from index.files.readers.rows import FileRow
from index.files.row_reader import Layout, find_layout, kind_of, read_rows
from index.files.tag_splitting import TagColumn, TagSplit

# A dialect is recognised by the names of the columns, and by so many rows.
_LOOKED_AT: Final = 200


@dataclass(frozen=True)
class TagReading:
    """How the tags of a file are read.

    `split` tells where cells are split, `spellings` the usual spelling of each other spelling, and `names` the
    attributes that tags such as `colour: red` name, by their folded names.
    """

    split: TagSplit = field(default_factory=TagSplit)
    spellings: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Survey:
    """What the rows of a source say: its dialect, its columns in order, and how rows and tags are read."""

    dialect: Dialect
    columns: tuple[str, ...]
    reading: FileReading
    tags: TagReading
    late: Late = field(default_factory=dict)

    @property
    def tag_cells(self) -> Sequence[TagCell]:
        """The columns that hold tags, and how they are written there; new tags are written into the first one."""
        if self.reading.tag_cells or "tags" not in self.reading.fields:
            return self.reading.tag_cells
        return (TagCell(self.reading.fields["tags"], self.tags.split),)


@dataclass(frozen=True)
class FileProfile:
    """A file's layout, and what its rows say."""

    path: Path
    layout: Layout
    survey: Survey

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in order."""
        return self.survey.columns

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns that nothing is read from."""
        return tuple(column for column in self.columns if column not in self.survey.reading.used)

    def as_dict(self) -> dict[str, Any]:
        """Return the profile as JSON values, for a report."""
        encoding, delimited, tags = self.layout.encoding, self.layout.delimited, self.survey.tags
        found: dict[str, Any] = {
            "file": str(self.path),
            "kind": kind_of(self.path),
            "format": self.survey.dialect.name,
        }
        if encoding:
            found |= {"encoding": encoding.name, "sample": encoding.sample}
        if delimited:
            found |= {"delimiter": delimited.delimiter, "skipped_lines": delimited.skip_lines}
        return found | {
            "fields": dict(self.survey.reading.fields),
            "unused": list(self.unused),
            "tags_split": tags.split.found,
            "tags_split_score": round(tags.split.score, 3),
            "spellings": dict(tags.spellings),
        }


def profile_file(path: Path, columns: Columns, options: ReadingOptions) -> FileProfile:
    """Read a file once to its end, and return what was found out.

    Raises `BadInput` if it cannot be read at all.
    """
    layout = find_layout(path, options)
    return FileProfile(path, layout, survey(read_rows(path, options, layout), columns, options))


def survey(rows: Iterable[FileRow], columns: Columns, options: ReadingOptions) -> Survey:
    """Read rows to their end, and return what they say. Raises `BadInput` for an unknown dialect."""
    surveyor = _Surveyor(columns, options)
    head: list[FileRow] = []
    for row in rows:
        if len(head) < _LOOKED_AT:
            head.append(row)
            if len(head) == _LOOKED_AT:
                surveyor.begin(head)
        else:
            surveyor.add(row)
    if len(head) < _LOOKED_AT:
        surveyor.begin(head)
    return surveyor.survey()


class _Surveyor:
    """Takes the rows one by one, after the dialect is recognised from the first ones."""

    def __init__(self, columns: Columns, options: ReadingOptions) -> None:
        self._chosen = columns
        self._options = options
        self._dialect = dialect_named(options.format) if options.format else None
        self._split = TagSplit.named(options.tags_split) if options.tags_split else None
        self._names: dict[str, None] = {}
        self._known: Any = None
        self._cells = TagColumn()
        self._late = LateRows()

    def begin(self, head: Sequence[FileRow]) -> None:
        """Recognise the dialect from the first rows, and take them."""
        values = [row.values for row in head if row.values is not None]
        self._names = dict.fromkeys(name for row in values for name in row)
        self._dialect = self._dialect or recognise(self._columns, values)
        self._reading = self._dialect.read(self._columns, self._chosen, self._split)
        for row in head:
            self.add(row)

    def add(self, row: FileRow) -> None:
        """Take one row."""
        if row.values is None:
            return
        if row.values.keys() != self._known:
            self._known = row.values.keys()
            if not self._names.keys() >= self._known:
                self._names |= dict.fromkeys(self._known)
                assert self._dialect
                self._reading = self._dialect.read(self._columns, self._chosen, self._split)
        try:
            self._cells.add(self._reading.tags(row.values))
        except BadInput:
            # The row is refused when it is read.
            return
        self._late.add(self._reading.key(row.values), row)

    def survey(self) -> Survey:
        """Return what was found out."""
        assert self._dialect
        split = self._split or self._cells.split()
        names = self._cells.attribute_names(split)
        tags = TagReading(split, self._cells.spellings(split, names), names)
        return Survey(self._dialect, tuple(self._columns), self._reading, tags, self._late.found)

    @property
    def _columns(self) -> list[str]:
        return [name for name in self._names if isinstance(name, str)]


def refuse_untitled(profile: FileProfile) -> None:
    """Raise `BadInput` if a file has no column of titles, naming a column that may be it."""
    if profile.columns and "title" not in profile.survey.reading.fields:
        raise BadInput(
            "file.no-title-column",
            path=profile.path,
            available=", ".join(profile.columns),
            guess=likely_title(profile.unused or profile.columns),
        )
