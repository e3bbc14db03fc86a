"""What the events of the batch tab do, and what they show. Nothing raises; a mistake becomes a line on the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from markupsafe import Markup

from index.errors import BadInput, TagweaveError
from index.files.product_reader import Reject
from index.product import Product
from tagger.jobs.file_jobs import REJECTS, RESULTS, Batches, first
from tagger.jobs.job import Job, Status
from tagger.jobs.upload import WrongFile, guessed, mapping, read_as
from tagger.web.components import panels
from tagger.web.components.tables import table
from tagger.web.i18n import display_names as names
from tagger.web.i18n.error_translations import both
from tagger.web.i18n.file_errors import said
from tagger.web.i18n.translations import hint, say

MOST_SUGGESTIONS = 30
_SHOWN = 50
_PREVIEWED = 5
_STATES = {
    "waiting": "waiting",
    "running": "running",
    "stopped": "stopped; you can go on",
    "failed": "failed",
    "done": "done",
}


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
            return Taken(problem=str(_problem(error)))
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
            return str(_problem(error))
        shown = Markup("<h2>{} <small>{}</small></h2>{}")
        shown_rows = table(hint("First rows of the file"), _HEADS[:-1], [_previewed(row) for row in rows])
        return str(shown.format(name, say("first rows: {0}").format(len(rows)), shown_rows))

    def started(self, token: str, chosen: Mapping[str, str], settings: Sequence[Any]) -> str:
        """Begin the work or go on with it; return what is wrong, or nothing.

        `settings` are how many suggestions to give, and whether the tags that are there stay.
        """
        try:
            columns = mapping(chosen, self._batches.preview(token).columns)
            self._batches.start(token, _checked(Job("", dict(columns.names), *settings)))
        except TagweaveError as error:
            return str(_problem(error))
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
            shown = _progress(status) + (self._result(self._batches, token) if status.state == "done" else Markup(""))
        except TagweaveError as error:
            return str(panels.problem(str(error))), False
        return str(shown), status.state in ("waiting", "running")


# Shows what the work on a token's file gave; raises `TagweaveError` where it is not there any more.
Result = Callable[[Batches, str], Markup]


def tagged(batches: Batches, token: str) -> Markup:
    """Show a file that was tagged: where it is downloaded, what was rejected, and its first products."""
    listed = first(batches.result(token, "tagged.jsonl"), _SHOWN)
    rejects = first(batches.result(token, REJECTS), _SHOWN)
    links = Markup("").join(_link(token, name) for name in RESULTS)
    parts = [
        Markup('<p class="tw-downloads">{} {}<small>{}</small></p>').format(
            say("Download"), links, say("kept for a day at most")
        ),
        _rejected(token, rejects),
        table(hint("Result"), _HEADS, [_record(each) for each in listed]),
    ]
    return Markup("").join(parts)


_HEADS = tuple(map(say, ("Title", "Description", "Language", "Tags", "Suggestions")))


def _checked(job: Job) -> Job:
    if job.limit not in range(1, MOST_SUGGESTIONS + 1):
        raise BadInput(f"suggestions per product: {job.limit} is no whole number from 1 to {MOST_SUGGESTIONS}")
    return replace(job, limit=int(job.limit), keep=bool(job.keep))


def _problem(error: TagweaveError) -> Markup:
    line = said(error) if isinstance(error, WrongFile) else both(str(error))
    return Markup('<p class="tw-note tw-problem" role="alert">{}</p>').format(line)


def _progress(status: Status) -> Markup:
    if status.state == "new":
        return Markup("")
    left = status.seconds_left
    facts: list[tuple[str, str]] = [("", say(_STATES[status.state]))]
    if status.total:
        facts += [("", f"{status.done:,} / {status.total:,}"), (say("per second"), f"{status.rate:.1f}")]
    if left is not None and status.state == "running":
        facts.append((say("left"), f"{left // 60:.0f}:{left % 60:02.0f}"))
    shown = Markup("").join(Markup("<span>{} <b>{}</b></span>").format(*each) for each in facts)
    problem = panels.problem(status.problem) if status.problem else Markup("")
    bar = Markup('<progress value="{}" max="{}" aria-label="{}"></progress>').format(
        status.done if status.total else int(status.state == "done"), status.total or 1, hint("progress")
    )
    return Markup('<div class="tw-progress" data-state="{}">{}<p class="tw-facts">{}</p>{}</div>').format(
        status.state, bar, shown, problem
    )


def _link(token: str, name: str) -> Markup:
    return Markup('<a href="api/batches/{}/{}" download>{}</a> ').format(token, name, name.partition(".")[2].upper())


def _rejected(token: str, rejects: Sequence[Mapping[str, Any]]) -> Markup:
    if not rejects:
        return Markup("")
    rows = Markup("").join(
        Markup("<li><b>{:,}</b> <span>{}</span></li>").format(each["line"], both(each["reason"])) for each in rejects
    )
    return Markup(
        '<details class="tw-rejects" open><summary>{}</summary><ol>{}</ol>'
        '<p><a href="api/batches/{}/{}" download>{} (JSONL)</a></p></details>'
    ).format(say("Rejected rows"), rows, token, REJECTS, say("All"))


def _previewed(row: Product | Reject) -> list[str]:
    if isinstance(row, Reject):
        return [Markup("✗ {}: {}").format(row.line, both(row.reason)), "", "", ""]
    return [row.title, row.description, _language(row.lang), " | ".join(row.tags)]


def _record(record: Mapping[str, Any]) -> list[str]:
    suggestions = ", ".join(f"{each['tag']} {each['probability']:.0%}" for each in record["suggestions"])
    lang = _language(record["lang"])
    return [record["title"], record["description"], lang, " | ".join(record["tags"]), suggestions]


def _language(lang: str) -> str:
    return say(names.LANGUAGES.get(lang, lang))
