"""JSON files with a checksum of their own, and a copy beside them from which a damaged one is restored."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.atomic import write_text
from index.errors import StaleArtifact

_CHECKSUM = "checksum"


def copy_of(path: Path) -> Path:
    """Return the path of the copy of a sealed file."""
    return path.with_name(f"{path.stem}.copy{path.suffix}")


def write_sealed(path: Path, values: Mapping[str, Any]) -> None:
    """Write values as JSON with their checksum, and then the copy; both are safe on disk on return."""
    text = json.dumps({**values, _CHECKSUM: _checksum(values)}, ensure_ascii=False, indent=1) + "\n"
    for each in (path, copy_of(path)):
        write_text(each, text)


def read_sealed(path: Path) -> dict[str, Any]:
    """Read what `write_sealed` wrote; a file without a checksum is read as it is.

    Raises `FileNotFoundError`, or `StaleArtifact` if the file is damaged.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        if not isinstance(values, dict):
            raise TypeError("not an object")
        declared = values.pop(_CHECKSUM, None)
        if declared is not None and declared != _checksum(values):
            raise ValueError("its checksum does not match")
    except (ValueError, TypeError, RecursionError) as error:
        raise StaleArtifact("store.file-damaged", path=path, folder=path.parent, reason=error) from error
    return values


def restore_sealed(path: Path) -> bool:
    """Replace a damaged file by its copy if that is sound; return whether it was."""
    try:
        values = read_sealed(copy_of(path))
    except (FileNotFoundError, StaleArtifact):
        return False
    write_sealed(path, values)
    return True


def _checksum(values: Mapping[str, Any]) -> str:
    # What is read back may differ from what was given, such as in the type of a key.
    plain = json.dumps(json.loads(json.dumps(values)), sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()
