"""What the events of the batch tab do, and what they show. Nothing raises; a mistake becomes a line on the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from markupsafe import Markup

from index.errors import BadInput, TagweaveError
from tagger.jobs.file_jobs import REJECTS, Batches, first
from tagger.jobs.job import Job
from tagger.jobs.upload import guessed, mapping, read_as
from tagger.web.batch.rendering import render_preview, render_problem, render_progress, render_result
from tagger.web.components import panels

MOST_SUGGESTIONS = 30
_SHOWN = 50
_PREVIEWED = 5


@dataclass(frozen=True)
class Taken:
    """A file that was taken: its token, its columns and which of them hold what; or what was wrong with it."""

    token: str = ""
    columns: Sequence[str] = ()
    guess: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


class BatchView:
    """The events of a form for files, without Gradio; those of the batch tab, where no other `result` is given."""

    def __init__(self, batches: Batches, result: "Result | None" = None) -> None:
        self._batches = batches
        self._result = result or tagged

    def taken(self, path: str) -> Taken:
        """Take a file that was uploaded."""
        try:
            token = self._batches.take(Path(path), Path(path).name)
            columns = self._batches.preview(token).columns
        except TagweaveError as error:
            return Taken(problem=str(render_problem(error)))
        return Taken(token, columns, guessed(columns))

    def restored(self, token: str) -> Taken:
        """Return to a file that was taken before, if it is still here, with the mapping that work was begun with."""
        try:
            columns = self._batches.preview(token).columns
            begun = {field: column for field, column in self._batches.job(token).columns.items() if column in columns}
        except TagweaveError:
            return Taken()
        return Taken(token, columns, begun or guessed(columns))

    def preview(self, token: str, chosen: Mapping[str, str]) -> str:
        """Show what the first rows become under a mapping."""
        if not token:
            return ""
        try:
            seen = self._batches.preview(token)
            rows = read_as(seen, mapping(chosen, seen.columns), _PREVIEWED)
            name = self._batches.job(token).name
        except TagweaveError as error:
            return str(render_problem(error))
        return str(render_preview(name, rows))

    def started(self, token: str, chosen: Mapping[str, str], settings: Sequence[Any]) -> str:
        """Begin the work or go on with it; return what is wrong, or nothing.

        `settings` are how many suggestions to give, and whether the tags that are there stay.
        """
        try:
            columns = mapping(chosen, self._batches.preview(token).columns)
            self._batches.start(token, _checked(Job("", dict(columns.names), *settings)))
        except TagweaveError as error:
            return str(render_problem(error))
        return ""

    def stopped(self, token: str) -> None:
        """Stop the work."""
        self._batches.stop(token)

    def progress(self, token: str) -> tuple[str, bool]:
        """Show where the work stands, and tell whether it goes on."""
        if not token:
            return "", False
        try:
            status = self._batches.status(token)
            shown = render_progress(status)
            if status.state == "done":
                shown += self._result(self._batches, token)
        except TagweaveError as error:
            return str(panels.problem(str(error))), False
        return str(shown), status.state in ("waiting", "running")


# Shows what the work on a token's file gave; raises `TagweaveError` where it is not there any more.
Result = Callable[[Batches, str], Markup]


def tagged(batches: Batches, token: str) -> Markup:
    """Show a file that was tagged."""
    records = first(batches.result(token, "tagged.jsonl"), _SHOWN)
    return render_result(token, records, first(batches.result(token, REJECTS), _SHOWN))


def _checked(job: Job) -> Job:
    if job.limit not in range(1, MOST_SUGGESTIONS + 1):
        raise BadInput(f"suggestions per product: {job.limit} is no whole number from 1 to {MOST_SUGGESTIONS}")
    return replace(job, limit=int(job.limit), keep=bool(job.keep))
