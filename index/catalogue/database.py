"""The catalogue's DuckDB file: its tables, how it is opened, and the upgrade of earlier formats.

No connection is kept open, so that readers can work beside a writer: each operation opens the file for a short time,
and waits while another process has it (`engine`).
"""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from index.atomic import replace_file
from index.catalogue.engine import Engine, Limits, engine_of
from index.catalogue.text_search.ngram_index import TERMS, fold_all, rebuild
from index.catalogue.text_search.words import WORDS
from index.errors import MissingArtifact, StaleArtifact

if TYPE_CHECKING:
    import duckdb

FORMAT = 3
_PARENTS = "CREATE TABLE parents (tag VARCHAR NOT NULL, parent VARCHAR NOT NULL);"
_SCHEMA = f"""
CREATE SEQUENCE product_number;
CREATE TABLE products (
    number BIGINT NOT NULL DEFAULT nextval('product_number'),
    id VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    lang VARCHAR NOT NULL,
    tags VARCHAR[] NOT NULL,
    original_title VARCHAR,
    original_description VARCHAR,
    folded_title VARCHAR,
    folded_rest VARCHAR
);
CREATE TABLE labels (tag VARCHAR NOT NULL, facet VARCHAR NOT NULL, lang VARCHAR NOT NULL,
                     label VARCHAR NOT NULL, place INTEGER NOT NULL);
{_PARENTS}
{TERMS}
CREATE TABLE about (format INTEGER NOT NULL);
INSERT INTO about VALUES ({FORMAT});
"""  # noqa: S608
# Format 1 had no parents of tags, no folded texts and no terms.
_FROM_FORMAT_1 = f"""
ALTER TABLE products ADD COLUMN folded_title VARCHAR;
ALTER TABLE products ADD COLUMN folded_rest VARCHAR;
{_PARENTS}
{TERMS}
"""
# By the format; the searchable texts are computed again after each. Format 2 had folded ones, and no words.
_FROM = {1: _FROM_FORMAT_1, 2: WORDS}


@dataclass(frozen=True)
class CatalogueSettings:
    """DuckDB's limits, and how long an operation waits for another process."""

    memory: str = "1GB"
    threads: Annotated[int, Field(ge=1)] = 2
    wait_s: Annotated[float, Field(ge=0)] = 20.0


class Database:
    """One DuckDB file with the catalogue's tables."""

    def __init__(self, path: Path, settings: CatalogueSettings | None = None) -> None:
        self._path = path
        self._settings = settings or CatalogueSettings()
        self._engine = engine_of(path)

    def waiting(self, wait_s: float) -> "Database":
        """Return the same file with another limit on waiting for other processes, in seconds."""
        return Database(self._path, replace(self._settings, wait_s=wait_s))

    @property
    def path(self) -> Path:
        """The path of the file."""
        return self._path

    @property
    def exists(self) -> bool:
        """Tell whether the file exists."""
        return self._path.is_file()

    def create(self) -> None:
        """Make the file with empty tables, atomically."""
        with replace_file(self._path) as building:
            # A killed process may have left the write-ahead log of its unfinished file.
            log_of(building).unlink(missing_ok=True)
            with self._attached(engine_of(building), read_only=False) as connection:
                connection.execute(f"BEGIN; {_SCHEMA} COMMIT; CHECKPOINT;")

    def stamp(self) -> tuple[int, ...]:
        """Return a value that changes with every write, without opening the file."""
        stamp: list[int] = []
        for path in (self._path, log_of(self._path)):
            # A writer may be removing the log.
            with contextlib.suppress(FileNotFoundError):
                state = path.stat()
                stamp += (state.st_mtime_ns, state.st_size, state.st_ino)
        return tuple(stamp)

    def copy_to(self, path: Path) -> tuple[int, ...]:
        """Copy the file and its write-ahead log while nobody writes; return its stamp."""
        log = log_of(self._path)
        with self.opened(read_only=True):
            # POSIX drops the lock when any handle closes; copy this file last.
            stamp = self.stamp()
            if log.exists():
                shutil.copyfile(log, log_of(path))
            shutil.copyfile(self._path, path)
        return stamp

    @contextlib.contextmanager
    def opened(self, *, read_only: bool) -> Iterator["duckdb.DuckDBPyConnection"]:
        """Open the file for a while, upgrading an earlier format first.

        Raises `MissingArtifact` if there is no file, `StaleArtifact` if it is damaged or not a catalogue, `StoreLocked`
        if another process keeps it open.
        """
        import duckdb

        if not self.exists:
            raise MissingArtifact("catalogue.missing", path=self._path)
        try:
            with self._attached(self._engine, read_only=read_only) as connection:
                if self._format(connection) == FORMAT:
                    yield connection
                    return
            self._upgrade()
            with self._attached(self._engine, read_only=read_only) as connection:
                yield connection
        except duckdb.Error as error:
            raise StaleArtifact("catalogue.failed", path=self._path, reason=error) from error
        except RuntimeError as error:
            # DuckDB raises this for a Ctrl+C during a query; Python's own exception is lost.
            if str(error) == "Query interrupted":
                raise KeyboardInterrupt from error
            raise

    @contextlib.contextmanager
    def changing(self) -> Iterator["duckdb.DuckDBPyConnection"]:
        """Open the file for one transaction: committed on exit, rolled back if something fails."""
        with self.opened(read_only=False) as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    def _attached(
        self, engine: Engine, *, read_only: bool
    ) -> contextlib.AbstractContextManager["duckdb.DuckDBPyConnection"]:
        limits = Limits(self._settings.memory, self._settings.threads)
        return engine.attached(limits, wait_s=self._settings.wait_s, read_only=read_only)

    def _format(self, connection: "duckdb.DuckDBPyConnection") -> int:
        """Return the file's format; raises `StaleArtifact` if this version does not know it."""
        import duckdb

        try:
            found = connection.execute("SELECT format FROM about").fetchall()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise StaleArtifact("catalogue.not-ours", path=self._path) from error
        if found not in [[(known,)] for known in (*_FROM, FORMAT)]:
            raise StaleArtifact(
                "catalogue.other-format", path=self._path, found=found[0][0] if found else None, expected=FORMAT
            )
        return int(found[0][0])

    def _upgrade(self) -> None:
        """Upgrade an earlier format in one transaction, so that a kill leaves it intact."""
        with self._attached(self._engine, read_only=False) as connection:
            # Another process may have upgraded it first.
            former = self._format(connection)
            if former == FORMAT:
                return
            connection.execute(f"BEGIN; {_FROM[former]} UPDATE about SET format = {FORMAT};")  # noqa: S608
            fold_all(connection)
            rebuild(connection)
            connection.execute("COMMIT")


def log_of(path: Path) -> Path:
    """Return the path of DuckDB's write-ahead log."""
    return path.with_name(f"{path.name}.wal")
