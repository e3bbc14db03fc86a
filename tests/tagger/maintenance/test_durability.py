"""What was acknowledged is there: after operations in any order, after `kill -9`, and on a full disk."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.soak import kills, operations
from benchmarks.soak.shop import ROOT
from index.store import Store

KILLS = 25
EXAMPLES = 20

Mount = Callable[[int], Path]


@pytest.mark.slow
def test_a_thousand_operations_leave_what_a_dictionary_holds() -> None:
    operations.run(1, EXAMPLES)


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path, third_party: None) -> None:
    folder = tmp_path / "shop"
    state, number = kills.make_store(folder), 0
    opened = []
    for trial in range(KILLS):
        state, number, opened_s = kills.kill_once(folder, state, number, trial)
        opened.append(opened_s)
    print(f"{KILLS} kills in {number} operations; the slowest opening took {max(opened):.2f} s")
    assert {kills.kind_of(each) for each in range(number)} >= {"upsert", "ingest", "decide", "swap", "delete"}


# Writes until a write fails, and prints the number of each product that it was told is safe.
WRITER = """
import secrets
import sys
from pathlib import Path
from index.errors import TagweaveError
from index.product import make_product
from index.store import Store
try:
    with Store.writer(Path(sys.argv[1])) as store:
        for number in range(100_000):
            store.catalogue.upsert([make_product(f"mug {number}", secrets.token_hex(4000), id=str(number))])
            print(number, flush=True)
except (TagweaveError, OSError) as error:
    print(f"failed: {error}", flush=True)
"""


def write_until_full(folder: Path, most_bytes: int | None = None) -> tuple[list[str], str]:
    """Write products until it fails; return the ids of those acknowledged, and what was said."""

    def limit() -> None:
        if most_bytes:
            # Without the signal, a write beyond the limit is cut short, and the next one fails.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    done = subprocess.run(
        [sys.executable, "-c", WRITER, folder], cwd=ROOT, capture_output=True, text=True, check=True, preexec_fn=limit
    )
    assert done.stderr == ""
    numbers, failed, reason = done.stdout.partition("failed: ")
    assert failed
    return numbers.split(), reason


def check_after(folder: Path, acknowledged: list[str], said: str) -> None:
    """Check that the reason was named, that nothing acknowledged is lost, and that the store can be written again."""
    assert "catalogue.duckdb" in said
    store = Store.open(folder)
    ids = {each.id for each in store.catalogue.products()}
    assert len(acknowledged) > 3
    assert set(acknowledged) <= ids
    assert len(ids) <= len(acknowledged) + 1


@pytest.fixture
def mounted(tmp_path: Path) -> "Callable[[int], Path]":
    """Mount a file system of a few bytes in memory; skip where that is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(size: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tagweave-test", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting a file system needs the rights of the administrator")
        return folder

    yield mount
    if os.path.ismount(folder):
        subprocess.run(["umount", str(folder)], check=True)


def test_a_write_that_is_cut_short_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    with Store.writer(folder, create=True):
        pass
    acknowledged, said = write_until_full(folder, most_bytes=(folder / "catalogue.duckdb").stat().st_size + 1_500_000)
    check_after(folder, acknowledged, said)
    with Store.writer(folder) as store:
        assert store.catalogue.delete(acknowledged[:1]) == 1


def test_a_full_disk_loses_nothing_and_the_store_goes_on_when_there_is_room(mounted: Mount) -> None:
    disk = mounted(4_000_000)
    folder = disk / "shop"
    with Store.writer(folder, create=True):
        pass
    acknowledged, said = write_until_full(folder)
    assert "No space left on device" in said
    check_after(folder, acknowledged, said)
    subprocess.run(["mount", "-o", "remount,size=40000000", str(disk)], check=True)
    with Store.writer(folder) as store:
        assert store.catalogue.delete(acknowledged[:1]) == 1
    assert Store.open(folder).catalogue.count() >= len(acknowledged) - 1
