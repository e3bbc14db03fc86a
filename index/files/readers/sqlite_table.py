"""Read a table of an SQLite database."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from index.errors import BadInput
from index.files.field_names import is_header
from index.files.readers.rows import FileRow

DATABASES: Final = (".sqlite", ".sqlite3", ".db")
_PAGE_ROWS: Final = 1000


def table_rows(path: Path, table: str = "") -> Iterator[FileRow]:
    """Yield the rows of a table or a view; a line is the number of the row.

    Without a name, it is the only one with a column of titles. Raises `BadInput` if the file is no database, or which
    table is meant cannot be told.
    """
    try:
        with contextlib.closing(_opened(path)) as connection:
            name = chosen_table(path, _columns(connection), table)
            rows = connection.execute(f"SELECT * FROM {_quoted(name)}")  # noqa: S608
            columns = [each[0] for each in rows.description]
            line = 0
            while page := rows.fetchmany(_PAGE_ROWS):
                for values in page:
                    line += 1
                    yield FileRow(line, dict(zip(columns, values, strict=True)), None, 0)
    except sqlite3.Error as error:
        raise BadInput("file.not-database", path=path, reason=error) from error


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    # Functions in the views of a stranger's database do nothing but compute.
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _columns(connection: sqlite3.Connection) -> dict[str, Sequence[str]]:
    """Return the columns of each table and view."""
    listed = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
    names = [name for (name,) in connection.execute(listed).fetchall()]
    described = {name: connection.execute(f"PRAGMA table_info({_quoted(name)})").fetchall() for name in names}
    return {name: [row[1] for row in rows] for name, rows in described.items()}


def chosen_table(path: Path | str, columns: Mapping[str, Sequence[str]], table: str) -> str:
    """Return the table with a name; without one, the only table, or the only one with a column of titles.

    Raises `BadInput` if there is no such table, or if several could be meant.
    """
    available = ", ".join(columns)
    if table:
        if table not in columns:
            raise BadInput("table.missing", file=path, table=table, available=available)
        return table
    titled = [name for name, of_table in columns.items() if is_header(of_table)]
    possible = list(columns) if len(columns) == 1 else titled
    if len(possible) != 1:
        raise BadInput("table.which", file=path, available=available)
    return possible[0]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
