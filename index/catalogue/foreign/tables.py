"""Tables of other databases, read with DuckDB: its own files, and servers of PostgreSQL and MySQL by their address.

A table is copied to a Parquet file, which is then read like any other.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.errors import BadInput, MissingDependency
from index.files.readers.sqlite_table import chosen_table

if TYPE_CHECKING:
    import duckdb

FILES: Final = (".duckdb", ".ddb")
_EXTENSIONS: Final = {"postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}
_SCHEMES: Final = {"mariadb": "mysql"}


def is_foreign(source: str) -> bool:
    """Tell whether a source is a database that DuckDB reads, by its name or its address."""
    return _scheme(source) in _EXTENSIONS or Path(source).suffix.lower() in FILES


def copy_table(source: str, table: str, out: Path) -> None:
    """Copy a table of a database to a Parquet file.

    Without a name, it is the only table, or the only one with a column of titles. Raises `BadInput` if the database
    cannot be read or which table is meant cannot be told, `MissingDependency` if DuckDB has no extension for it.
    """
    import duckdb

    scheme = _scheme(source)
    if not scheme and not Path(source).is_file():
        raise BadInput("file.missing", path=source)
    try:
        with duckdb.connect() as connection:
            if scheme:
                _load(connection, _EXTENSIONS[scheme], shown(source))
            connection.execute(_attach(source, scheme))
            name = chosen_table(shown(source), _columns(connection), table)
            _copy(connection, name, out)
    except duckdb.Error as error:
        reason = str(error).replace(source, shown(source))
        raise BadInput("file.not-database", path=shown(source), reason=reason) from error


def shown(source: str) -> str:
    """Return an address without the password in it."""
    scheme, between, rest = source.partition("://")
    if not between or "@" not in rest:
        return source
    user, _, place = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}@{place}"


def _scheme(source: str) -> str:
    scheme, between, _ = source.partition("://")
    return scheme.lower() if between else ""


def _load(connection: "duckdb.DuckDBPyConnection", extension: str, place: str) -> None:
    """Load an extension that is on this machine already; nothing is downloaded."""
    import duckdb

    try:
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute(f"LOAD {extension}")
    except duckdb.Error as error:
        raise MissingDependency("database.no-extension", place=place, extension=extension) from error


def _attach(source: str, scheme: str) -> str:
    kind = f"TYPE {_EXTENSIONS[scheme]}, " if scheme else ""
    address = source if scheme not in _SCHEMES else f"{_SCHEMES[scheme]}{source.removeprefix(scheme)}"
    quoted = address.replace("'", "''")
    return f"ATTACH '{quoted}' AS source ({kind}READ_ONLY)"


def _columns(connection: "duckdb.DuckDBPyConnection") -> Mapping[str, Sequence[str]]:
    """Return the columns of each table and view; one outside of the usual schema has the schema's name in front."""
    sql = (
        "SELECT CASE WHEN schema_name IN ('main', 'public') THEN table_name ELSE schema_name || '.' || table_name END, "
        "column_name FROM duckdb_columns() WHERE database_name = 'source' AND NOT internal ORDER BY 1, column_index"
    )
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(sql).fetchall():
        found.setdefault(table, []).append(column)
    return found


def _copy(connection: "duckdb.DuckDBPyConnection", name: str, out: Path) -> None:
    [(schema, table)] = connection.execute(
        "SELECT DISTINCT schema_name, table_name FROM duckdb_columns() WHERE database_name = 'source' AND "
        "(table_name = $1 AND schema_name IN ('main', 'public') OR schema_name || '.' || table_name = $1) LIMIT 1",
        [name],
    ).fetchall()
    parts = ".".join('"' + part.replace('"', '""') + '"' for part in ("source", schema, table))
    path = str(out).replace("'", "''")
    connection.execute(f"COPY (SELECT * FROM {parts}) TO '{path}' (FORMAT parquet)")  # noqa: S608
