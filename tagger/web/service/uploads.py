"""Files that visitors bring: taken in, previewed, worked on in the background, and their results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from index.batching import batched
from index.errors import BadInput
from index.files.product_reader import Reject
from index.product import Product
from tagger.evaluation.drift import DriftMonitor
from tagger.jobs.evaluate_file import Judge, SystemRankings, system_rankings
from tagger.jobs.file_jobs import Batches, first
from tagger.jobs.job import Job, Status
from tagger.jobs.tag_file import Engine, record_of
from tagger.jobs.upload import guess_columns, mapping, read_as
from tagger.web.service.limits import MOST_SUGGESTIONS, SUGGESTIONS
from tagger.web.service.open_models import OpenModels
from tagger.web.service.tagging import best_probabilities

_AT_ONCE = 16


@dataclass(frozen=True)
class Upload:
    """A file that was taken: its token, its columns, and the column of each field, guessed or chosen before."""

    token: str = ""
    columns: Sequence[str] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class UploadPreview:
    """A file's name, and what its first rows become under a mapping."""

    name: str
    rows: Sequence[Product | Reject]


class UploadFacade:
    """Works on files of one kind; safe to call from several threads."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    def take(self, path: Path) -> Upload:
        """Move a file here; raises `WrongFile` for one that cannot be used, `BadInput` where there is no room."""
        token = self._batches.take(path, path.name)
        columns = self._batches.preview(token).columns
        return Upload(token, columns, guess_columns(columns))

    def restore(self, token: str) -> Upload:
        """Return a file that was taken before, with the mapping that its work was begun with."""
        columns = self._batches.preview(token).columns
        begun = {field: column for field, column in self._batches.job(token).columns.items() if column in columns}
        return Upload(token, columns, begun or guess_columns(columns))

    def preview(self, token: str, chosen: Mapping[str, str], limit: int) -> UploadPreview:
        """Return the first rows under a mapping; raises `WrongFile` for a mapping without a title."""
        seen = self._batches.preview(token)
        rows = read_as(seen, mapping(chosen, seen.columns), limit)
        return UploadPreview(self._batches.job(token).name, rows)

    def start(self, token: str, chosen: Mapping[str, str], limit: int = SUGGESTIONS, keep: bool = True) -> None:
        """Begin the work or go on with it: so many suggestions for each product, whose own tags stay with `keep`."""
        if limit not in range(1, MOST_SUGGESTIONS + 1):
            raise BadInput(f"suggestions per product: {limit} is no whole number from 1 to {MOST_SUGGESTIONS}")
        columns = mapping(chosen, self._batches.preview(token).columns)
        self._batches.start(token, Job("", dict(columns.names), int(limit), bool(keep)))

    def stop(self, token: str) -> None:
        """Stop after the products at hand; what is done is kept."""
        self._batches.stop(token)

    def status(self, token: str) -> Status:
        """Return where the work stands; raises `BadInput` for a file that is no longer here."""
        return self._batches.status(token)

    def result(self, token: str, name: str) -> Path:
        """Return a file of the result; raises `BadInput` where there is none, or no more."""
        return self._batches.result(token, name)

    def first_records(self, token: str, name: str, limit: int) -> Sequence[dict[str, Any]]:
        """Return the first records of a result of JSON lines; raises as `result` does."""
        return first(self._batches.result(token, name), limit)


def background_engine(models: OpenModels, drift: DriftMonitor) -> Engine:
    """Return what tags a file a few products at a time, so that visitors get their turn in between."""

    def tag(folder: Path, limit: int, batches: Iterator[list[Product]]) -> Iterator[list[dict[str, Any]]]:
        for products in batched(chain.from_iterable(batches), _AT_ONCE):
            with models.in_background() as opened:
                tagged = opened.pipeline.tag(products, limit)
            drift.see(best_probabilities(tagged), opened.folder)
            yield [record_of(*each) for each in zip(products, tagged, strict=True)]

    return tag


def background_judge(models: OpenModels) -> Judge:
    """Return what asks every tagger about some products, between the visitors who ask for one."""

    def judge(products: Sequence[Product]) -> SystemRankings:
        with models.in_background() as opened:
            return system_rankings(opened.pipeline, products)

    return judge
