"""Write a file again as it came, with other tags in some of its rows."""

import gzip
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, cast

from index.atomic import replace_file
from index.errors import BadInput
from index.files.dialects.base import TagCell
from index.files.profile import FileProfile
from index.files.readers.json_document import document_rows
from index.files.readers.rows import is_packed, opened, suffix_of
from index.files.row_reader import read_rows
from index.files.tag_splitting import TagSplit
from index.files.writers.delimited import DelimitedEditor
from index.files.writers.json_files import JsonFileEditor
from index.files.writers.tag_cells import CellEdit, TagCells, cells_of
from index.files.writers.workbook import rewrite_workbook

TAGS: Final = "tags"
_WORKBOOKS: Final = (".xlsx", ".xlsm")
_DOCUMENT: Final = ".json"


def check_like(profile: FileProfile, out: Path) -> None:
    """Raise `BadInput` if a file of this name cannot be written as the other one came."""
    kind = suffix_of(profile.path)
    workbook = kind in _WORKBOOKS and not is_packed(profile.path)
    if kind != suffix_of(out) or not (workbook or profile.layout.encoding):
        raise BadInput("like.other-kind", path=out, like=profile.path)
    if not out.parent.is_dir():
        raise BadInput("file.no-folder", folder=out.parent)
    if out.resolve() == profile.path.resolve():
        raise BadInput("tag-file.same-file", path=out)


def write_like(profile: FileProfile, out: Path, edits: Mapping[int, CellEdit], *, column: str = "") -> None:
    """Write a file again with other tags by line, atomically; all else stays as it was.

    `column` is the column that the tags go to; a new one comes last. Without a name it is the one they are read from.
    Raises `BadInput` if the result would be a file of another kind, or its encoding has no code for a tag.
    """
    check_like(profile, out)
    own = next(iter(profile.survey.tag_cells), TagCell(TAGS, TagSplit()))
    values = (row.values.get(own.column) for row in read_rows(profile.path, layout=profile.layout) if row.values)
    cells = cells_of(values, own.format)
    with replace_file(out) as building:
        if edits:
            _write(profile, building, column or own.column, cells, edits, packed=is_packed(out))
        else:
            _copy(profile.path, building, packed=is_packed(out))


def _copy(source: Path, building: Path, *, packed: bool) -> None:
    with opened(source) as (file, _), _target(building, packed=packed) as target:
        shutil.copyfileobj(file, target)


def _write(
    profile: FileProfile, building: Path, column: str, cells: TagCells, edits: Mapping[int, CellEdit], *, packed: bool
) -> None:
    if suffix_of(profile.path) in _WORKBOOKS:
        rewrite_workbook(profile.path, building, sheet=profile.layout.table, column=column, cells=cells, edits=edits)
        return
    encoding = profile.layout.encoding
    assert encoding
    with ExitStack() as stack:
        source, _ = stack.enter_context(opened(profile.path))
        again, _ = stack.enter_context(opened(profile.path))
        target = stack.enter_context(_target(building, packed=packed))
        if profile.layout.delimited:

            def edit(line: int, cell: str) -> str:
                return cells.edit(cell, edits[line]) if line in edits else cell

            DelimitedEditor(profile.layout.delimited, column, edit).rewrite(source, again, target, encoding.codec)
            return
        editor = JsonFileEditor(column, cells, edits, profile.layout.table)
        write = editor.rewrite_document if _is_document(profile) else editor.rewrite_lines
        write(source, again, target, encoding.codec)


@contextmanager
def _target(path: Path, *, packed: bool) -> Iterator[IO[bytes]]:
    with path.open("wb") as file:
        if not packed:
            yield file
            return
        with gzip.GzipFile("", "wb", fileobj=file) as inside:
            yield cast("IO[bytes]", inside)


def _is_document(profile: FileProfile) -> bool:
    assert profile.layout.encoding
    if suffix_of(profile.path) != _DOCUMENT:
        return False
    with opened(profile.path) as (file, position):
        rows = document_rows(profile.path, file, position, profile.layout.encoding.codec, profile.layout.table)
        return rows is not None
