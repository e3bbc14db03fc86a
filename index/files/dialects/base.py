"""What a dialect is: how a shop's program writes products into rows, and where their tags are.

`Dialect.recognise` tells how sure it is that a file is written in it. `Dialect.read` binds it to the columns of a file.
The `FileReading` then says which rows are one product, what that product is, and in which cells its tags stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from index.files.columns import Columns

Row: TypeAlias = Mapping[str, Any]


class TagFormat(Protocol):
    """How the tags in a cell are written."""

    def tags(self, cell: str) -> list[Any]:
        """Return the tags of a cell. Raises `BadInput` if they cannot be read."""
        ...

    def join(self, tags: Sequence[str]) -> str:
        """Return the cell with these tags; `tags` reads them back. Raises `BadInput` if a cell cannot hold one."""
        ...


@dataclass(frozen=True)
class TagCell:
    """A column that holds tags, and how they are written there."""

    column: str
    format: TagFormat


class FileReading(Protocol):
    """How the rows of one file are read."""

    @property
    def fields(self) -> Mapping[str, str]:
        """The column that each field of a product is mainly read from."""
        ...

    @property
    def used(self) -> frozenset[str]:
        """All columns that something is read from."""
        ...

    @property
    def tag_cells(self) -> Sequence[TagCell]:
        """The columns that hold tags; new tags are written into the first one.

        Empty if the way that tags are separated must be found out over the column of the field `tags`.
        """
        ...

    def key(self, row: Row) -> str:
        """Return what rows of the same product share; empty if a row is a product of its own."""
        ...

    def tags(self, row: Row) -> Any:
        """Return the tags in one row: a cell, a tuple of cells, or a list of tags."""
        ...

    def record(self, rows: Sequence[Row]) -> Row:
        """Return the product of some rows, by field.

        Besides the fields of `Columns` it may have `attributes`, a list of `Attribute`, and `translations`, a list of
        `Translation`.
        """
        ...


class Dialect(Protocol):
    """The way in which one program writes files of products."""

    @property
    def name(self) -> str:
        """The name that reports show and `--format` takes."""
        ...

    def recognise(self, columns: Sequence[str], rows: Sequence[Row]) -> float:
        """Return how sure it is, from 0 to 1, that a file with these columns and first rows is written in it."""
        ...

    def read(self, columns: Sequence[str], chosen: Columns, split: TagFormat | None = None) -> FileReading:
        """Return how a file with these columns is read.

        `chosen` are the columns that a person named, and `split` is how tags are separated, if a person said so.
        """
        ...
