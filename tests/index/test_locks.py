"""File locks between processes."""

import os
import subprocess
import sys
import time

import pytest

from index.locks import exclusive, is_locked

HOLD = """
import sys
from pathlib import Path
from index.locks import exclusive
with exclusive(Path(sys.argv[1])) as lock:
    print("held" if lock is not None else "refused", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.lock"


@pytest.fixture
def holder(path):
    """Another process that holds the lock until its input is closed."""
    arguments = [sys.executable, "-c", HOLD, path]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_lock_is_held_by_one_process_and_free_after_it(path, holder):
    assert is_locked(path)
    with exclusive(path) as lock:
        assert lock is None
    holder.stdin.close()
    holder.wait()
    with exclusive(path) as lock:
        assert lock is not None
        assert is_locked(path)
    assert not is_locked(path)


def test_a_killed_process_holds_no_lock(path, holder):
    holder.kill()
    holder.wait()
    assert not is_locked(path)


def test_a_lock_is_waited_for_as_long_as_is_said(path, holder):
    begin = time.monotonic()
    with exclusive(path, wait_s=0.2) as lock:
        assert lock is None
    assert time.monotonic() - begin >= 0.2
    holder.stdin.close()
    with exclusive(path, wait_s=30) as lock:
        assert lock is not None


def test_a_child_that_inherits_a_lock_holds_it_after_its_parent_let_go(path):
    with exclusive(path) as lock:
        assert lock is not None
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[lock])
    assert is_locked(path)
    child.communicate()
    assert not is_locked(path)


def test_a_lock_whose_file_was_deleted_does_not_count_for_the_new_file(path):
    with exclusive(path) as old:
        assert old is not None
        path.unlink()
        with exclusive(path) as new:
            assert new is not None
            assert os.fstat(new).st_ino == path.stat().st_ino


def test_an_absent_file_is_not_locked_and_asking_does_not_make_it(path):
    assert not is_locked(path)
    assert not path.exists()


def test_a_folder_in_the_place_of_a_lock_is_an_error(path):
    path.mkdir()
    with pytest.raises(IsADirectoryError), exclusive(path):
        pass
