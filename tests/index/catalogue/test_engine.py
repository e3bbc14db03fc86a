import gc
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import duckdb
import pytest

from index.catalogue.engine import Engine, Limits, engine_of
from index.errors import StaleArtifact

LIMITS = Limits("200MB", 3)
ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A DuckDB file with a table of three rows, in a folder whose name needs quotation."""
    folder = tmp_path / "it's"
    folder.mkdir()
    with duckdb.connect(str(folder / "file.duckdb")) as connection:
        connection.execute("CREATE TABLE mugs AS SELECT unnest([1, 2, 3]) AS number")
    return folder / "file.duckdb"


def count(engine: Engine) -> int:
    with engine.attached(LIMITS, wait_s=0, read_only=True) as connection:
        [(found,)] = connection.execute("SELECT count(*) FROM mugs").fetchall()
        return int(found)


def test_what_is_written_is_read_by_the_next_operation_and_by_others(path: Path) -> None:
    engine = engine_of(path)
    with engine.attached(LIMITS, wait_s=0, read_only=False) as connection:
        connection.execute("INSERT INTO mugs VALUES (4)")
    assert count(engine) == 4
    with duckdb.connect(str(path), read_only=True) as other:
        assert other.execute("SELECT max(number) FROM mugs").fetchall() == [(4,)]


def test_between_operations_the_file_is_free(path: Path) -> None:
    engine = engine_of(path)
    assert count(engine) == 3
    code = f"import duckdb; duckdb.connect({str(path)!r}).execute('INSERT INTO mugs VALUES (4)')"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert count(engine) == 4


def test_a_file_that_others_replace_is_read_anew(path: Path) -> None:
    engine = engine_of(path)
    assert count(engine) == 3
    with duckdb.connect(str(path.with_name("new"))) as connection:
        connection.execute("CREATE TABLE mugs AS SELECT 9 AS number")
    os.replace(path.with_name("new"), path)
    assert count(engine) == 1


def test_no_other_file_can_be_reached_and_no_limit_be_changed(path: Path) -> None:
    path.with_name("other.csv").write_text("a,b\n1,2\n")
    with duckdb.connect(str(path.with_name("other.duckdb"))):
        pass
    with engine_of(path).attached(LIMITS, wait_s=0, read_only=True) as connection:
        for refused in ("other.csv", "other.duckdb"):
            place = str(path.with_name(refused)).replace("'", "''")
            statement = f"FROM read_csv('{place}')" if refused.endswith("csv") else f"ATTACH '{place}'"
            with pytest.raises(duckdb.PermissionException, match="disabled by configuration"):
                connection.execute(statement)
        with pytest.raises(duckdb.InvalidInputException, match="configuration has been locked"):
            connection.execute("SET memory_limit = '900MB'")


def test_the_limits_hold_and_others_take_effect_with_the_next_operation(path: Path) -> None:
    engine = engine_of(path)
    sql = "SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('temp_directory')"
    for limits, expected in ((LIMITS, (3, "190.7 MiB")), (Limits("100MB", 1), (1, "95.3 MiB"))):
        with engine.attached(limits, wait_s=0, read_only=True) as connection:
            assert connection.execute(sql).fetchall() == [(*expected, f"{path}.tmp")]


def test_an_operation_inside_another_shares_the_file_but_no_temporary_table(path: Path) -> None:
    engine = engine_of(path)
    with engine.attached(LIMITS, wait_s=0, read_only=True) as outer:
        outer.execute("CREATE TEMP TABLE mine AS SELECT 1")
        with engine.attached(LIMITS, wait_s=0, read_only=True) as inner:
            assert inner.execute("SELECT count(*) FROM mugs").fetchall() == [(3,)]
            with pytest.raises(duckdb.CatalogException, match="mine"):
                inner.execute("FROM mine")
        assert outer.execute("SELECT count(*) FROM mugs").fetchall() == [(3,)]


def test_a_failed_operation_is_rolled_back_and_the_next_one_works(path: Path) -> None:
    engine = engine_of(path)

    def fail() -> None:
        with engine.attached(LIMITS, wait_s=0, read_only=False) as connection:
            connection.execute("BEGIN; INSERT INTO mugs VALUES (4)")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert count(engine) == 3


def test_threads_take_turns(path: Path) -> None:
    engine, found = engine_of(path), []
    threads = [threading.Thread(target=lambda: found.append(count(engine))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [3] * 8


def test_a_process_has_one_engine_for_a_file_as_long_as_it_is_used(path: Path, tmp_path: Path) -> None:
    engine = engine_of(path)
    (tmp_path / "link").symlink_to(path)
    assert engine_of(tmp_path / "link") is engine
    assert engine_of(tmp_path / "other.duckdb") is not engine
    held = weakref.ref(engine)
    del engine
    gc.collect()
    assert held() is None


def test_a_file_of_another_kind_is_refused(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(5000))
    with pytest.raises(StaleArtifact, match="cannot be opened"):
        count(engine_of(path))


FORK = """
import os, sys
from pathlib import Path
from index.catalogue.engine import Limits, engine_of
engine = engine_of(Path(sys.argv[1]))

def count():
    with engine.attached(Limits("200MB", 3), wait_s=0, read_only=True) as connection:
        return connection.execute("SELECT count(*) FROM mugs").fetchall()[0][0]

before = count()
child = os.fork()
found = count()
if not child:
    os._exit(found)
print(before, found, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_fork_starts_an_engine_of_its_own(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORK, path], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )
    assert done.stdout == "3 3 3\n"
