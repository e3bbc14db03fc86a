"""Writes that are whole or not there, also after a kill: fill beside the place, sync, then rename.

What a kill leaves beside the place has a name that begins with a dot and ends in `.part`; readers pass it over.
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
    """Replace a file's text in one step; safe on disk on return."""
    with replace_file(path) as building:
        building.write_text(text, "utf-8")


@contextlib.contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Fill a file beside its place, and put it in the place of the old one in one step; safe on disk on leaving.

    For one writer at a time. Where filling fails, the old file stays.
    """
    building = _beside(path, PART)
    building.unlink(missing_ok=True)
    try:
        yield building
        _sync(building)
        os.replace(building, path)
        _sync(path.parent)
    finally:
        building.unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Fill a folder beside its place and move it there in one step, so that it is whole or not there."""
    building = _beside(folder, f"-{uuid.uuid4().hex[:12]}{PART}")
    building.mkdir(parents=True)
    try:
        yield building
        _sync_files(building)
        try:
            os.rename(building, folder)
        except OSError:
            # Another process may have been faster: its folder is as good as ours.
            if not folder.is_dir():
                raise
        _sync(folder.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)


@contextlib.contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Fill a folder beside its place, and put it in the place of the old one once it is whole.

    For one writer at a time. Where filling fails, the old folder stays. A kill between the two renames leaves the old
    folder beside its place; the next call brings it back.
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
        # File systems over a network may have no such call, and write when a file is closed.
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
