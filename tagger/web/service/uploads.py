"""Visitors' files: upload, preview, background work, and results."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from index.batching import batched
from index.errors import BadInput
from index.product import Product
from tagger.jobs.corrected_file import CorrectedFiles
from tagger.jobs.evaluate_file import Judge, SystemRankings, system_rankings
from tagger.jobs.file_jobs import Batches, first
from tagger.jobs.job import Job, Status
from tagger.jobs.tag_file import Engine, record_of
from tagger.jobs.upload import FirstRows, kind_of, mapping, read_as
from tagger.jobs.write_back import REPLACE, WriteBack
from tagger.web.scheduling.errors import Stopping
from tagger.web.service.limits import MOST_SUGGESTIONS, SUGGESTIONS
from tagger.web.service.open_models import OpenModels
from tagger.web.service.questions import Question
from tagger.web.service.tagging import TaggingFacade

_AT_ONCE = 16


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its token, its columns, and the column of each field, guessed or chosen before."""

    token: str = ""
    columns: Sequence[str] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)


class UploadFacade:
    """Work on files of one kind. Thread-safe."""

    def __init__(self, batches: Batches, corrected: CorrectedFiles | None = None) -> None:
        self._batches = batches
        self._corrected = corrected

    def take(self, path: Path) -> Upload:
        """Move a file into the store. Raises `BadInput` if it cannot be used or there is no room."""
        token = self._batches.take(path, path.name)
        seen = self._batches.preview(token)
        return Upload(token, seen.columns, seen.fields)

    def receive(self, name: str, file: BinaryIO) -> Upload:
        """Save a file that a program sends and take it. The name only tells what kind of file it is."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"file{kind_of(name)}"
            with path.open("wb") as saved:
                shutil.copyfileobj(file, saved)
            token = self._batches.take(path, name)
        seen = self._batches.preview(token)
        return Upload(token, seen.columns, seen.fields)

    def restore(self, token: str) -> Upload:
        """Return a file uploaded before, with the column mapping that its work was started with."""
        seen = self._batches.preview(token)
        chosen = self._batches.job(token).columns.items()
        begun = {field: column for field, column in chosen if column in seen.columns}
        return Upload(token, seen.columns, begun or seen.fields)

    def name(self, token: str) -> str:
        """Return the name that the file had when it was uploaded."""
        return self._batches.job(token).name

    def preview(self, token: str, chosen: Mapping[str, str]) -> FirstRows:
        """Return the first rows as read with a column mapping. Raises `BadInput` if the mapping has no title."""
        seen = self._batches.preview(token)
        return read_as(seen, mapping(chosen, seen.columns))

    def start(self, token: str, chosen: Mapping[str, str], limit: int = SUGGESTIONS, keep: bool = True) -> None:
        """Start or resume the work: up to `limit` suggestions per product; with `keep`, products keep their tags."""
        if limit not in range(1, MOST_SUGGESTIONS + 1):
            raise BadInput("request.suggestion-count", value=limit, most=MOST_SUGGESTIONS)
        columns = mapping(chosen, self._batches.preview(token).columns)
        self._batches.start(token, Job("", dict(columns.names), int(limit), bool(keep)))

    def stop(self, token: str) -> None:
        """Stop after the current batch of products. Finished work is kept."""
        self._batches.stop(token)

    def status(self, token: str) -> Status:
        """Return the state of the work. Raises `BadInput` if the file is gone."""
        return self._batches.status(token)

    def result(self, token: str, name: str) -> Path:
        """Return a result file. Raises `BadInput` if it is missing or gone."""
        return self._batches.result(token, name)

    def first_records(self, token: str, name: str, limit: int) -> Sequence[dict[str, Any]]:
        """Return the first records of a JSON lines result. Raises what `result` raises."""
        return first(self._batches.result(token, name), limit)

    def records(self, token: str, first: int, limit: int) -> Sequence[dict[str, Any]]:
        """Return tagged products with a person's changes, `limit` from `first` on. Raises what `result` raises."""
        return self._files().records(token, first, limit)

    def change(self, token: str, row: int, tag: str, *, wanted: bool) -> int:
        """Add a tag to a tagged product, or take it away; return how many products were changed since the last write.

        Raises `BadInput` if there is no such product.
        """
        self._files().change(token, row, tag, wanted=wanted)
        return self._files().changed(token)

    def changed(self, token: str) -> int:
        """Return how many products were changed since the files were written."""
        return self._files().changed(token)

    def write(self, token: str, column: str, language: str) -> str:
        """Write the files of the result again, with the changes; return the name of the one that is like the upload.

        `column` is a column of their own for the tags; empty, they replace those in the file. Raises `BadSetting` for
        an unknown language.
        """
        return self._files().write(token, WriteBack(f"column:{column}" if column else REPLACE, language))  # type: ignore[arg-type]

    def _files(self) -> CorrectedFiles:
        assert self._corrected is not None, "only tagged files are corrected"
        return self._corrected


def background_engine(tagging: TaggingFacade) -> Engine:
    """Return a function that tags a file a few products at a time, behind what visitors ask."""

    def tag(folder: Path, limit: int, batches: Iterator[list[Product]]) -> Iterator[list[dict[str, Any]]]:
        for products in batched(chain.from_iterable(batches), _AT_ONCE):
            try:
                tagged = tagging.submit(Question(tuple(products), limit, brief=True), bulk=True).result()
            except CancelledError as error:
                raise Stopping("request.stopping") from error
            yield [record_of(each.product, each.answer) for each in tagged]

    return tag


def background_judge(models: OpenModels) -> Judge:
    """Return a function that runs every tagger on a batch of products, taking turns with visitors."""

    def judge(products: Sequence[Product]) -> SystemRankings:
        with models.in_background() as opened:
            return system_rankings(opened.pipeline, products)

    return judge
