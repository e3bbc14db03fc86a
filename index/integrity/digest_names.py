"""Names of files that are written once: the name ends in a digest of the content, so it covers every bit."""

import hashlib
import os
import re
from pathlib import Path

_DIGEST_BYTES = 16
# Names from before files were named by their content end in something shorter.
_DECLARED = re.compile(rf"-([0-9a-f]{{{2 * _DIGEST_BYTES}}})")


def digest_name(stem: str, ending: str, content: bytes) -> str:
    """Return the name of a file with this content; `ending` has its dot."""
    return f"{stem}-{_digest(content)}{ending}"


def declared_digest(path: Path) -> str | None:
    """Return the digest in a file's name, None if it has none."""
    found = _DECLARED.search(path.name.split(".")[0])
    return found[1] if found and path.name.split(".")[0].endswith(found[0]) else None


def is_whole(path: Path) -> bool:
    """Tell whether a file's content is the one that its name declares; true of a name without a digest.

    Raises `OSError` if the file cannot be read.
    """
    declared = declared_digest(path)
    return declared is None or _digest(path.read_bytes()) == declared


def name_by_content(path: Path) -> Path:
    """Rename a complete file so that its name ends in the digest of its content; return the new path."""
    sealed = path.with_name(digest_name(path.stem, path.suffix, path.read_bytes()))
    os.replace(path, sealed)
    return sealed


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
