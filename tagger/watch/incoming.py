"""Which files of a folder are new and complete."""

import os
import time
from pathlib import Path
from typing import Final

# Programs write under such names until a file is complete.
_UNFINISHED: Final = (".part", ".tmp", ".temp", ".crdownload", ".filepart", ".download", ".swp", "~")


def new_files(folder: Path) -> list[Path]:
    """Return the files of a folder by name; hidden ones and those with names of unfinished files are left out."""
    found = (Path(entry.path) for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))
    return sorted(path for path in found if not path.name.startswith(".") and not path.name.endswith(_UNFINISHED))


def is_settled(path: Path, settle_s: float) -> bool:
    """Tell whether a file has not changed for `settle_s` seconds; one that is gone has not settled.

    The time of its last change of any kind counts: a program that copies a file gives it the original's modification
    time, but cannot set this one.
    """
    try:
        return time.time() - path.stat().st_ctime >= settle_s
    except FileNotFoundError:
        return False
