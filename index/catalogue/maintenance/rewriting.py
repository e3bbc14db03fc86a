"""Rewrite a catalogue's file: DuckDB keeps deleted rows in free blocks, and a damaged search table in place."""

from typing import TYPE_CHECKING, Final

from index.atomic import replace_file
from index.catalogue.database import Database
from index.catalogue.engine import FILE, quote
from index.catalogue.text_search.ngram_index import rebuild

if TYPE_CHECKING:
    import duckdb

# Made from the products' texts; `upkeep` counts what is stale in them.
DERIVED: Final = ("terms", "words", "upkeep")
_NEW: Final = "rewritten"


def rewrite(database: Database) -> None:
    """Replace a catalogue's file by a new one with the same rows, atomically; the search tables are rebuilt.

    For the store's one writer. Raises `StaleArtifact` if another table is damaged.
    """
    with database.opened(read_only=False) as connection:
        # Otherwise the log of a killed process would be found beside the new file.
        connection.execute("CHECKPOINT")
    with database.opened(read_only=True) as connection, replace_file(database.path) as building:
        connection.execute(f"ATTACH {quote(str(building.resolve()))} AS {_NEW} (TYPE duckdb)")
        try:
            _copy_all(connection)
        finally:
            connection.execute(f"USE {FILE}")
            connection.execute(f"DETACH {_NEW}")


def _copy_all(connection: "duckdb.DuckDBPyConnection") -> None:
    connection.execute(f"USE {_NEW}")
    connection.execute("BEGIN")
    sql = "SELECT sequence_name, coalesce(last_value + 1, start_value) FROM duckdb_sequences() WHERE database_name = ?"
    for name, start in connection.execute(sql, [FILE]).fetchall():
        connection.execute(f"CREATE SEQUENCE {name} START {int(start)}")
    sql = "SELECT table_name, sql FROM duckdb_tables() WHERE database_name = ? ORDER BY table_oid"
    for name, creation in connection.execute(sql, [FILE]).fetchall():
        connection.execute(creation)
        if name not in DERIVED:
            # The order of the rows has a meaning, such as in the vocabulary.
            connection.execute(f"INSERT INTO {_NEW}.{name} SELECT * FROM {FILE}.{name} ORDER BY rowid")  # noqa: S608
    connection.execute("INSERT INTO upkeep VALUES (0)")
    rebuild(connection)
    connection.execute("COMMIT")
