"""The log of tag edits, in the catalogue's file.

Rows are never deleted, and an edit changes no other table: products and labels stay as they were read, and current
names are computed from the edits that were not undone.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from index.catalogue.database import Database
from index.catalogue.tables import has_table
from index.catalogue.tag_edit import TagChange, TagEdit
from index.errors import BadInput

if TYPE_CHECKING:
    import duckdb

# Created with the first edit; a store without this table has no tag edits.
_TABLE = """
CREATE TABLE IF NOT EXISTS tag_edits (
    number BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    tag VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    lang VARCHAR NOT NULL,
    made_by VARCHAR NOT NULL,
    made_at TIMESTAMP NOT NULL,
    undone_by VARCHAR,
    undone_at TIMESTAMP
)
"""
_COLUMNS = "number, kind, tag, value, lang, made_by, made_at, undone_by, undone_at"


class EditLog:
    """The edits of tags; written by the store's one writer, read by any process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, change: TagChange) -> TagEdit:
        """Record an edit; safe on disk on return."""
        with self._database.changing() as connection:
            connection.execute(_TABLE)
            values = [change.kind, change.tag, change.value, change.lang, change.by, datetime.now(UTC)]
            sql = (
                "INSERT INTO tag_edits SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, NULL, NULL FROM tag_edits"
            )
            connection.execute(sql, values)
            [made] = _read(connection, "number = (SELECT max(number) FROM tag_edits)", [])
        return made

    def undo(self, number: int, by: str) -> TagEdit:
        """Mark an edit as undone; raises `BadInput` if the number is unknown or already undone."""
        with self._database.changing() as connection:
            connection.execute(_TABLE)
            found = _read(connection, "number = ?", [number])
            if not found:
                raise BadInput("tag-edit.missing", number=number)
            if found[0].undone_at is not None:
                raise BadInput("tag-edit.already-undone", number=number, by=found[0].undone_by)
            connection.execute(
                "UPDATE tag_edits SET undone_by = ?, undone_at = ? WHERE number = ?", [by, datetime.now(UTC), number]
            )
            [undone] = _read(connection, "number = ?", [number])
        return undone

    def all(self) -> list[TagEdit]:
        """Return all edits in order, including undone ones."""
        with self._database.opened(read_only=True) as connection:
            return edits_of(connection)

    def active(self) -> list[TagEdit]:
        """Return the edits that were not undone, in order."""
        return [each for each in self.all() if each.undone_at is None]


def edits_of(connection: "duckdb.DuckDBPyConnection") -> list[TagEdit]:
    """Return all edits in an open catalogue in order, including undone ones."""
    return _read(connection, "true", []) if has_table(connection, "tag_edits") else []


def _read(connection: "duckdb.DuckDBPyConnection", where: str, values: list[Any]) -> list[TagEdit]:
    sql = f"SELECT {_COLUMNS} FROM tag_edits WHERE {where} ORDER BY number"  # noqa: S608
    return [_edit(*row) for row in connection.execute(sql, values).fetchall()]


def _edit(*row: Any) -> TagEdit:
    *said, at, undone_by, undone_at = row
    undone = None if undone_at is None else undone_at.replace(tzinfo=UTC)
    number, kind, tag, value, lang, by = said
    return TagEdit(number, kind, tag, value, lang, by, at.replace(tzinfo=UTC), undone_by, undone)
