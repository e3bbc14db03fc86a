"""Write JSON lines, or a JSON document, again with other tags; all else stays byte by byte."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, BinaryIO

from index.files.readers.json_document import find_records
from index.files.readers.rows import KEPT
from index.files.writers.byte_copier import ByteCopier
from index.files.writers.json_spans import Member, follow, items, members
from index.files.writers.json_text import JsonEditor, JsonStyle, Replacement
from index.files.writers.tag_cells import CellEdit, TagCells


@dataclass(frozen=True)
class JsonFileEditor:
    """Changes the tags in a member of a file's objects, by the line or the number of the object.

    `table` is the path of the objects in a document, if a person named it.
    """

    column: str
    cells: TagCells
    edits: Mapping[int, CellEdit]
    table: str = ""

    def rewrite_lines(self, source: BinaryIO, again: BinaryIO, target: IO[bytes], codec: str) -> None:
        """Write JSON lines to `target`; `again` is the same file once more, from its beginning."""
        copier = ByteCopier(again, target, codec)
        for number, line in enumerate(io.TextIOWrapper(source, codec, errors=KEPT, newline="\n"), start=1):
            edit = self.edits.get(number)
            change = self._editor(line).replacement(line, line.index("{"), edit) if edit else None
            _copy(copier, line, [change] if change else [])

    def rewrite_document(self, source: BinaryIO, again: BinaryIO, target: IO[bytes], codec: str) -> None:
        """Write a document that is a list of objects, or has one, to `target`."""
        text = source.read().decode(codec, KEPT)
        editor = self._editor(text)
        changes = [
            editor.replacement(text, item.start, self.edits[number])
            for number, item in enumerate(self._records(text), start=1)
            if number in self.edits
        ]
        _copy(ByteCopier(again, target, codec), text, [each for each in changes if each])

    def _records(self, text: str) -> list[Member]:
        """Return where the records stand: in a list, or in an object by their ids."""
        start = follow(text, self._path(text))
        return members(text, start) if text[start] == "{" else items(text, start)

    def _path(self, text: str) -> Sequence[str]:
        if self.table:
            return self.table.split(".")
        found = None if text.lstrip().startswith("[") else find_records(json.loads(text))
        return found.path if found else ()

    def _editor(self, text: str) -> JsonEditor:
        return JsonEditor(self.column, self.cells, JsonStyle.of(text))


def _copy(copier: ByteCopier, text: str, changes: Sequence[Replacement]) -> None:
    begin = 0
    for change in changes:
        copier.copy(text[begin : change.start])
        copier.drop(text[change.start : change.end])
        copier.write(change.text)
        begin = change.end
    copier.copy(text[begin:])
