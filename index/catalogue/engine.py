"""A process's DuckDB engine for a file, to which the file is attached for one operation at a time.

DuckDB lets one process write a file, or many read it, and locks the file while it is attached. So that readers can
work beside a writer, the file is attached for a short time only. The engine itself is kept: starting one takes 35 ms of
processor time, attaching a file 2 ms.
"""

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from index.atomic import building_of
from index.errors import StaleArtifact, StoreLocked

if TYPE_CHECKING:
    import duckdb

_RETRY_S = 0.02
# The engines in use, by file: DuckDB refuses to attach a file for reading and writing at once.
_ENGINES: "weakref.WeakValueDictionary[Path, Engine]" = weakref.WeakValueDictionary()
_MAKING = threading.Lock()
# DuckDB writes these beside its file; their names are the file's with an ending.
_COMPANIONS = (".wal", ".wal.checkpoint", ".wal.recovery")
# The database that is attached for an operation.
FILE = "file"
# Engines of a parent process: their threads do not exist in a fork, so they cannot even be closed there.
_INHERITED: list[object] = []


class Limits(NamedTuple):
    """DuckDB's memory, such as "1GB", and the number of its threads."""

    memory: str
    threads: int


class Engine:
    """DuckDB without a file of its own, and with access to one file only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = str(path.resolve())
        # One operation at a time; one inside another shares its attachment.
        self._lock = threading.RLock()
        self._started: tuple[int, Limits, Any] | None = None
        self._depth = 0

    @contextlib.contextmanager
    def attached(self, limits: Limits, *, wait_s: float, read_only: bool) -> "Iterator[duckdb.DuckDBPyConnection]":
        """Yield a connection whose tables are the file's; wait at most `wait_s` seconds for other processes.

        Raises `StaleArtifact` if the file is damaged or not DuckDB's, `StoreLocked` if another process keeps it.
        """
        import duckdb

        with self._lock:
            engine = self._running(limits)
            if not self._depth:
                self._attach(engine, wait_s, read_only=read_only)
            self._depth += 1
            try:
                with contextlib.closing(engine.cursor()) as connection:
                    connection.execute(f"USE {FILE}")
                    yield connection
            except (duckdb.FatalException, duckdb.InternalException):
                # After such an error an engine refuses all further work.
                self._drop(engine)
                raise
            finally:
                self._depth -= 1
                if not self._depth and self._started:
                    self._detach(engine)

    def _running(self, limits: Limits) -> Any:
        """Return the engine; start it if it does not run yet, or with other limits."""
        process = os.getpid()
        if self._started and self._started[0] != process:
            _INHERITED.append(self._started)
            self._started, self._depth = None, 0
        if self._started is None or (self._started[1] != limits and not self._depth):
            self._started = process, limits, _start(self._place, limits)
        return self._started[2]

    def _detach(self, engine: Any) -> None:
        """Close the file, which writes what is in its log into it."""
        import duckdb

        try:
            engine.execute(f"DETACH {FILE}")
        except duckdb.Error:
            # If the disk is full, the rows stay in the log, and the engine refuses all further work.
            self._drop(engine)
            raise

    def _drop(self, engine: Any) -> None:
        """End an engine, so that it gives up its lock on the file; the next operation starts another one."""
        import duckdb

        self._started = None
        with contextlib.suppress(duckdb.Error):
            engine.close()

    def _attach(self, engine: Any, wait_s: float, *, read_only: bool) -> None:
        import duckdb

        end = time.monotonic() + wait_s
        while True:
            try:
                # A type spares DuckDB from guessing it, and from loading an extension for another database's file.
                engine.execute(f"ATTACH {quote(self._place)} AS {FILE} (TYPE duckdb, READ_ONLY {read_only})")
                return
            except duckdb.Error as error:
                if not (isinstance(error, duckdb.IOException) and "Could not set lock" in str(error)):
                    # A fatal error while the log is replayed makes the engine refuse all further work.
                    self._drop(engine)
                    raise StaleArtifact("catalogue.cannot-open", path=self._path, reason=error) from error
                if time.monotonic() > end:
                    raise StoreLocked("catalogue.in-use", path=self._path, seconds=wait_s) from error
                time.sleep(_RETRY_S)


def engine_of(path: Path) -> Engine:
    """Return this process's engine for a file; it ends when nobody holds it any more."""
    with _MAKING:
        place = path.resolve()
        engine = _ENGINES.get(place)
        if engine is None:
            engine = _ENGINES[place] = Engine(path)
        return engine


def _start(path: str, limits: Limits) -> Any:
    import duckdb

    engine = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": limits.memory,
            "threads": limits.threads,
            # Where it puts what does not fit into memory, as if the file were opened by itself.
            "temp_directory": f"{path}.tmp",
        },
    )
    files = (Path(path), building_of(Path(path)))
    paths = ", ".join(quote(f"{file}{ending}") for file in files for ending in ("", *_COMPANIONS))
    engine.execute(f"SET allowed_paths = [{paths}]")
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    return engine


def quote(path: str) -> str:
    """Return a path as a literal of SQL."""
    return "'" + path.replace("'", "''") + "'"
