"""Atomic writes that survive a kill: fill a temporary file or folder beside the target, sync it, then rename it.

A kill may leave a temporary file or folder. Its name begins with a dot and ends in `.part`; readers skip it.
"""

import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

PART = ".part"


def write_text(path: Path, text: str) -> None:
    """Replace a file's text atomically; safe on disk on return."""
    with replace_file(path) as building:
        building.write_text(text, "utf-8")


@contextlib.contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield a temporary file to fill, and replace the target with it atomically; safe on disk on exit.

    For one writer at a time. If filling fails, the old file stays.
    """
    building = building_of(path)
    building.unlink(missing_ok=True)
    try:
        yield building
        _sync(building)
        os.replace(building, path)
        _sync(path.parent)
    finally:
        building.unlink(missing_ok=True)


def building_of(path: Path) -> Path:
    """Return the temporary file that `replace_file` yields for a target."""
    return _beside(path, PART)


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder to fill, and move it into place on exit, so that it is complete or absent."""
    building = _beside(folder, f"-{uuid.uuid4().hex[:12]}{PART}")
    building.mkdir(parents=True)
    try:
        yield building
        _sync_files(building)
        try:
            os.rename(building, folder)
        except OSError:
            # Another process may have made the folder first; its contents are equivalent.
            if not folder.is_dir():
                raise
        _sync(folder.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)


@contextlib.contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder to fill, and replace the old folder with it once it is complete.

    For one writer at a time. If filling fails, the old folder stays. A kill between the two renames leaves the old
    folder under its temporary name; the next call restores it.
    """
    building, old = _beside(folder, PART), _beside(folder, f".old{PART}")
    if old.exists() and not folder.exists():
        os.rename(old, folder)
    for left in (building, old):
        shutil.rmtree(left, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        yield building
        _sync_files(building)
        if folder.exists():
            os.rename(folder, old)
        os.rename(building, folder)
        _sync(folder.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}{ending}")


def _sync_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Network file systems may not support fsync, and write when a file is closed.
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
