"""The shared data sets, and the split used by all measurements."""

import gzip
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
_FIELDS = ("id", "title", "description", "lang", "tags")


def split(name: str, folder: Path, *, most: int = 8000, source: Path = SHARED) -> dict[str, Path]:
    """Write the test, validation and training parts as JSON lines. Return their paths.

    Products are sorted by the MD5 of title and description, and at most the first `most` are used. The first tenth is
    the test part, the second tenth the validation part, and the rest the training part.
    """
    with gzip.open(source / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = sorted(map(json.loads, file), key=_digest)[:most]
    tenth = len(rows) // 10
    parts = {"test": rows[:tenth], "validation": rows[tenth : 2 * tenth], "train": rows[2 * tenth :]}
    return {part: _write(folder / f"{name}.{part}.jsonl", of_part) for part, of_part in parts.items()}


def _digest(row: dict[str, Any]) -> str:
    return hashlib.md5((row["title"] + row["description"]).encode()).hexdigest()


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({field: row[field] for field in _FIELDS}, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
