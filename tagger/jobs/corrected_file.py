"""What a person changes in the result of a tagged file, and the files that are written from it."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from index.atomic import replace_file, write_text
from index.errors import BadInput
from index.files.columns import Columns
from index.files.record_writer import write
from index.store import Store
from tagger.jobs.file_jobs import WRITTEN, Batches
from tagger.jobs.tag_file import COLUMNS, records_of, write_again
from tagger.jobs.write_back import Output, WriteBack

_RECORDS = "tagged.jsonl"
_CHANGES = "changes.json"
_COPIES = ("tagged.csv", "tagged.parquet")


class CorrectedFiles:
    """The results of tagged files, which a person corrects row by row. Thread-safe.

    Changes are kept beside the result until its files are written again.
    """

    def __init__(self, store: Store, batches: Batches) -> None:
        self._store = store
        self._batches = batches
        self._turn = threading.Lock()

    def change(self, token: str, row: int, tag: str, *, wanted: bool) -> None:
        """Add a tag to a product of the result, or take it away. Raises `BadInput` if there is no such product."""
        with self._turn:
            changes = self._changes(token)
            record = next(islice(self._corrected(token, changes), row, None), None) if row >= 0 else None
            if record is None:
                raise BadInput("upload.no-row", row=row)
            others = [each for each in record["tags"] if each != tag]
            changes[row] = [*others, tag] if wanted else others
            folder = self._batches.result(token, _RECORDS).parent
            write_text(folder / _CHANGES, json.dumps(changes, ensure_ascii=False))

    def records(self, token: str, first: int, limit: int) -> Sequence[dict[str, Any]]:
        """Return records of the result with the changes, `limit` from `first` on."""
        return list(islice(self._corrected(token, self._changes(token)), first, first + limit))

    def changed(self, token: str) -> int:
        """Return how many products were changed since the files were written."""
        return len(self._changes(token))

    def write(self, token: str, back: WriteBack) -> str:
        """Write all files of the result with the changes; return the name of the file that is like the uploaded one.

        The name is empty if files of its kind cannot be written.
        """
        with self._turn:
            records, changes = self._batches.result(token, _RECORDS), self._changes(token)
            if changes:
                with replace_file(records) as building, building.open("w", encoding="utf-8", newline="\n") as file:
                    for record in self._corrected(token, changes):
                        file.write(json.dumps(record, ensure_ascii=False) + "\n")
                for name in _COPIES:
                    write(records.with_name(name), COLUMNS, records_of(records))
                records.with_name(_CHANGES).unlink()
            return self._write_like(token, records, back)

    def _write_like(self, token: str, records: Path, back: WriteBack) -> str:
        source, columns = self._batches.source(token), Columns(self._batches.job(token).columns)
        out = records.with_name(WRITTEN + source.name.removeprefix("file"))
        try:
            write_again(self._store, source, out, records_of(records), columns, Output(back=back))
        except BadInput as error:
            if error.code == "like.other-kind":
                return ""
            raise
        return out.name

    def _corrected(self, token: str, changes: Mapping[int, list[str]]) -> Iterator[dict[str, Any]]:
        for row, record in enumerate(records_of(self._batches.result(token, _RECORDS))):
            yield {**record, "tags": changes[row]} if row in changes else record

    def _changes(self, token: str) -> dict[int, list[str]]:
        path = self._batches.folder(token) / _CHANGES
        return {int(row): tags for row, tags in json.loads(path.read_text("utf-8")).items()} if path.is_file() else {}
