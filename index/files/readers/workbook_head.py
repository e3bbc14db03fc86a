"""Cut an Excel workbook to its first rows, so that a preview need not read a million of them."""

import io
import re
import zipfile
from pathlib import Path
from typing import BinaryIO, Final

# So much of each sheet is kept.
_KEPT_BYTES: Final = 1 << 20
_MOST_STRINGS_BYTES: Final = 32 << 20
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_STRINGS: Final = "xl/sharedStrings.xml"
_MEDIA: Final = "xl/media/"
# A cell whose text is in the table of strings, by its number there.
_TEXT_CELL: Final = re.compile(rb'<c [^>]*\bt="s"[^>]*>\s*<v>(\d+)</v>')
_STRING_END: Final = re.compile(rb"</si>|<si/>")


def head_of_workbook(path: Path, *, kept_bytes: int = _KEPT_BYTES) -> BinaryIO | None:
    """Return the workbook with the first rows of each sheet and the texts that these need.

    Returns None if there is nothing to cut, or the file is not written as Excel does: it must be read as a whole.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            sheets = {each.filename: each.file_size for each in parts.infolist() if _SHEET.fullmatch(each.filename)}
            if max(sheets.values(), default=0) <= kept_bytes:
                return None
            changed = {name: _rows_of(parts, name, size, kept_bytes) for name, size in sheets.items()}
            if _STRINGS in parts.namelist():
                changed[_STRINGS] = _strings_for(parts, b"".join(changed.values()))
            return _written(parts, changed) if all(changed.values()) else None
    except (zipfile.BadZipFile, OSError, ValueError):
        return None


def _rows_of(parts: zipfile.ZipFile, name: str, size: int, kept_bytes: int) -> bytes:
    """Return a sheet up to the end of a row; nothing if no row ends in its first part."""
    with parts.open(name) as file:
        head = file.read(kept_bytes)
    if size <= kept_bytes:
        return head
    end = head.rfind(b"</row>")
    return head[:end] + b"</row></sheetData></worksheet>" if end > 0 else b""


def _strings_for(parts: zipfile.ZipFile, rows: bytes) -> bytes:
    """Return the table of strings up to the last one that some rows need; nothing if it is too long."""
    needed = max(map(int, _TEXT_CELL.findall(rows)), default=0)
    texts = b""
    with parts.open(_STRINGS) as file:
        while len(texts) < _MOST_STRINGS_BYTES:
            piece = file.read(_KEPT_BYTES)
            texts += piece
            ends = [found.end() for found in _STRING_END.finditer(texts)]
            if len(ends) > needed:
                return texts[: ends[needed]] + b"</sst>"
            if not piece:
                return texts
    return b""


def _written(parts: zipfile.ZipFile, changed: dict[str, bytes]) -> BinaryIO:
    cut = io.BytesIO()
    with zipfile.ZipFile(cut, "w") as target:
        for name in parts.namelist():
            if not name.startswith(_MEDIA):
                target.writestr(name, changed[name] if name in changed else parts.read(name))
    cut.seek(0)
    return cut
