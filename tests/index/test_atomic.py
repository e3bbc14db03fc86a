"""Files and folders that are written completely or not at all."""

import os
import signal
import subprocess
import sys

import pytest

from index import atomic
from index.atomic import new_folder, replace_file, replace_folder, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def filled(folder, name):
    folder.mkdir(parents=True)
    (folder / name).write_text(name)
    return folder


def stop_amid(writing):
    with writing as building:
        if building.is_dir():
            (building / "half").write_text("half")
        else:
            building.write_text("half")
        raise RuntimeError("stopped")


def test_a_file_is_replaced_on_leaving_and_not_before(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old 旧")
    with replace_file(path) as building:
        building.write_text("new")
        assert path.read_text("utf-8") == "old 旧"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


def test_a_file_stays_as_it_was_where_writing_fails(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(RuntimeError, match="stopped"):
        stop_amid(replace_file(tmp_path / "a.txt"))
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_what_a_killed_writer_left_is_no_beginning_for_the_next(tmp_path):
    path = tmp_path / "a.txt"
    (tmp_path / ".a.txt.part").write_text("left")
    with replace_file(path) as building, building.open("a") as file:
        file.write("new")
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


def test_a_new_folder_is_whole_or_not_there(tmp_path):
    target = tmp_path / "cache" / "model"
    with new_folder(target) as building:
        (building / "a").write_text("1")
        assert not target.exists()
    assert (target / "a").read_text() == "1"
    with pytest.raises(RuntimeError, match="stopped"):
        stop_amid(new_folder(tmp_path / "cache" / "other"))
    assert names(tmp_path / "cache") == ["model"]


def test_where_another_process_was_faster_its_folder_stays(tmp_path):
    with new_folder(tmp_path / "model") as building:
        (building / "second").touch()
        filled(tmp_path / "model", "first")
    assert names(tmp_path) == ["model"]
    assert names(tmp_path / "model") == ["first"]


def test_a_new_folder_in_the_place_of_a_file_is_an_error(tmp_path):
    (tmp_path / "model").write_text("a file")
    with pytest.raises(NotADirectoryError), new_folder(tmp_path / "model"):
        pass
    assert (tmp_path / "model").read_text() == "a file"


def test_a_new_folder_may_be_read_by_those_who_may_read_its_parent(tmp_path):
    tmp_path.chmod(0o755)
    with new_folder(tmp_path / "model"):
        pass
    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o777 & ~current_umask()


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    out = filled(tmp_path / "out", "old")
    with pytest.raises(RuntimeError, match="stopped"):
        stop_amid(replace_folder(out))
    assert names(out) == ["old"]
    with replace_folder(out) as building:
        (building / "new").touch()
    assert names(out) == ["new"]
    assert names(tmp_path) == ["out"]


KILL_AT_RENAME = """
import os, signal, sys
from pathlib import Path
from index import atomic
left, rename = int(sys.argv[2]), os.rename
def dying(*paths):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    rename(*paths)
atomic.os.rename = dying
with atomic.replace_folder(Path(sys.argv[1])) as building:
    (building / "new").touch()
"""


@pytest.mark.parametrize("renames", [0, 1])
def test_a_kill_while_a_folder_is_replaced_loses_nothing(tmp_path, renames):
    out = filled(tmp_path / "out", "old")
    killed = subprocess.run([sys.executable, "-c", KILL_AT_RENAME, out, str(renames)])
    assert killed.returncode == -signal.SIGKILL
    with pytest.raises(RuntimeError, match="stopped"):
        stop_amid(replace_folder(out))
    assert names(out) == ["old"]
    assert names(tmp_path) == ["out"]


def test_a_file_system_without_syncing_is_written_all_the_same(tmp_path, monkeypatch):
    def refused(descriptor):
        raise OSError(22, os.strerror(22))

    monkeypatch.setattr(atomic.os, "fsync", refused)
    write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_disk_that_fails_to_sync_is_told_and_the_old_file_stays(tmp_path, monkeypatch):
    write_text(tmp_path / "a.txt", "old")

    def failed(descriptor):
        raise OSError(5, os.strerror(5))

    monkeypatch.setattr(atomic.os, "fsync", failed)
    with pytest.raises(OSError, match="Input/output error"):
        write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "old"
