"""Checks of the files that a plugin saved."""

from pathlib import Path


def check_no_pickle(folder: Path) -> None:
    """Check that no file in the folder or below is a pickle."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        assert not _is_pickle(path), f"{path.name} is a pickle: loading one runs whatever it holds"


def _is_pickle(path: Path) -> bool:
    """Tell by the first two bytes (protocol 2 to 5) and the last, which is the opcode that ends a pickle."""
    content = path.read_bytes()
    return content[:1] == b"\x80" and content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05") and content.endswith(b".")
