"""Render the batch tab: the first rows of a file, the progress, and the results."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from index.errors import TagweaveError
from index.files.product_reader import Reject
from index.messages import Message, mark
from index.product import Product
from tagger.jobs.file_jobs import REJECTS, RESULTS
from tagger.jobs.job import State, Status
from tagger.web.components import panels
from tagger.web.components.tables import table
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import hint, say

_HEADS = tuple(map(say, (mark("Title"), mark("Description"), "Language", "Tags", "Suggestions")))
_STATES: Mapping[State, str] = {
    "new": "",
    "waiting": mark("waiting"),
    "running": mark("running"),
    "stopped": mark("stopped; you can resume"),
    "failed": mark("failed"),
    "done": mark("done"),
}


def render_problem(error: TagweaveError) -> Markup:
    """Show in one line what is wrong with a file or its settings."""
    return render("batch/problem.html", line=error.message)


def render_preview(name: str, rows: Sequence[Product | Reject], format: str = "") -> Markup:
    """Show how the first rows of a file are read, and which program's file it was recognised as, if any."""
    shown = table(hint("First rows of the file"), _HEADS[:-1], [_preview_cells(row) for row in rows])
    return render("batch/preview.html", name=name, rows=len(rows), table=shown, format=format)


def _preview_cells(row: Product | Reject) -> list[str]:
    if isinstance(row, Reject):
        return [render("batch/rejected_row.html", line=row.line, reason=row.reason), "", "", ""]
    return [row.title, row.description, _language(row.lang), " | ".join(row.tags)]


def render_progress(status: Status) -> Markup:
    """Show the progress of work on a file, or nothing before it has started."""
    return render(
        "batch/progress.html",
        status=status,
        state=_STATES[status.state],
        time_left=_time_left(status),
        problem=panels.problem(status.problem) if status.problem else "",
    )


def _time_left(status: Status) -> str:
    left = status.seconds_left
    return f"{left // 60:.0f}:{left % 60:02.0f}" if left is not None and status.state == "running" else ""


def render_result(token: str, records: Sequence[Mapping[str, Any]], rejects: Sequence[Mapping[str, Any]]) -> Markup:
    """Show a tagged file: the download links, the rejected rows, and the first products."""
    return render(
        "batch/result.html",
        token=token,
        files=RESULTS,
        rejects=render_rejects(token, rejects),
        table=table(hint("Result"), _HEADS, [_record_cells(each) for each in records]),
    )


def render_rejects(token: str, rejects: Sequence[Mapping[str, Any]]) -> Markup:
    """Show the first rejected rows with their reasons, or nothing if no row was rejected."""
    return render("batch/rejects.html", token=token, file=REJECTS, rejects=[_reject(each) for each in rejects])


def _reject(record: Mapping[str, Any]) -> Reject:
    """Return the reject of a record; files of earlier versions have the English reason only."""
    reason = Message.from_dict(record) if "code" in record else Message(record["reason"])
    return Reject("", record["line"], reason)


def _record_cells(record: Mapping[str, Any]) -> list[str]:
    suggestions = ", ".join(f"{each['tag']} {each['probability']:.0%}" for each in record["suggestions"])
    lang = _language(record["lang"])
    return [record["title"], record["description"], lang, " | ".join(record["tags"]), suggestions]


def _language(lang: str) -> str:
    return say(names.LANGUAGES.get(lang, lang))
