"""Find out what of a catalogue's file is damaged: DuckDB notices a damaged block only when it reads it."""

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.catalogue.database import Database, log_of
from index.catalogue.engine import FILE
from index.errors import StaleArtifact


@dataclass(frozen=True)
class Soundness:
    """Whether the file and its write-ahead log can be read, and the tables that cannot."""

    file: bool = True
    log: bool = True
    tables: Sequence[str] = ()


def soundness(database: Database) -> Soundness:
    """Read a catalogue's whole file. Raises `MissingArtifact` if there is none."""
    try:
        names = _tables(database)
    except StaleArtifact:
        if not log_of(database.path).exists():
            return Soundness(file=False)
        return _without_log(database)
    return Soundness(tables=[name for name in names if not _reads(database, name)])


def set_log_aside(database: Database) -> Path:
    """Rename a damaged write-ahead log, so that the file opens without it; return its new path.

    The log holds only what a killed process had not yet acknowledged: each operation ends with its rows in the file.
    """
    log = log_of(database.path)
    aside = log.with_name(f"{log.name}.damaged")
    os.replace(log, aside)
    return aside


def _without_log(database: Database) -> Soundness:
    """Look at the file under another name, where DuckDB finds no log."""
    bare = database.path.with_name(f".{uuid.uuid4().hex[:12]}.part")
    os.link(database.path, bare)
    try:
        found = soundness(Database(bare))
    finally:
        bare.unlink()
    return Soundness(file=found.file, log=False, tables=found.tables)


def _tables(database: Database) -> list[str]:
    sql = "SELECT table_name FROM duckdb_tables() WHERE database_name = ?"
    with database.opened(read_only=True) as connection:
        return [name for (name,) in connection.execute(sql, [FILE]).fetchall()]


def _reads(database: Database, table: str) -> bool:
    try:
        # A damaged block ends the engine, so each table is read by itself.
        with database.opened(read_only=True) as connection:
            connection.execute(f"SELECT bit_xor(hash(each)) FROM {table} AS each").fetchall()  # noqa: S608
    except StaleArtifact:
        return False
    return True
