"""Which tables a catalogue has: some are made when first needed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def has_table(connection: "duckdb.DuckDBPyConnection", name: str) -> bool:
    """Tell whether a table exists."""
    sql = "SELECT count(*) FROM information_schema.tables WHERE table_name = ?"
    return connection.execute(sql, [name]).fetchall() == [(1,)]
