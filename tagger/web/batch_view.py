"""What the events of the batch tab do, and what they show. Nothing raises; a mistake becomes a line on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from index.errors import TagweaveError
from index.product import Product
from index.reading import Reject
from tagger.batch_job import Job, Status
from tagger.batches import REJECTS, RESULTS, Batches, first
from tagger.uploads import WrongFile, guessed, mapping, read_as
from tagger.web import answer
from tagger.web.wrong_files import Reader, said

_SHOWN = 50
_PREVIEWED = 5
_CELL = 120
_STATES = {
    "new": "",
    "waiting": "排队中 waiting",
    "running": "进行中 running",
    "stopped": "已停止，可以继续 stopped; you can go on",
    "failed": "失败 failed",
    "done": "完成 done",
}


@dataclass(frozen=True)
class Taken:
    """A file that was taken: its token, its columns and which of them hold what; or what was wrong with it."""

    token: str = ""
    columns: Sequence[str] = ()
    guess: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


class BatchView:
    """The events of the batch tab, without Gradio."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    def taken(self, path: str, reader: Reader) -> Taken:
        """Take a file that was uploaded."""
        try:
            token = self._batches.take(Path(path), Path(path).name)
            columns = self._batches.preview(token).columns
        except TagweaveError as error:
            return Taken(problem=str(_problem(error, reader)))
        return Taken(token, columns, guessed(columns))

    def restored(self, token: str) -> Taken:
        """Return to a file that was taken before, if it is still here, with the mapping that work was begun with."""
        try:
            columns = self._batches.preview(token).columns
            begun = {field: column for field, column in self._batches.job(token).columns.items() if column in columns}
        except TagweaveError:
            return Taken()
        return Taken(token, columns, begun or guessed(columns))

    def preview(self, token: str, chosen: Mapping[str, str], reader: Reader) -> str:
        """Show what the first rows become under a mapping."""
        if not token:
            return ""
        try:
            seen = self._batches.preview(token)
            rows = read_as(seen, mapping(chosen, seen.columns), _PREVIEWED)
            name = self._batches.job(token).name
        except TagweaveError as error:
            return str(_problem(error, reader))
        shown = Markup("<h4>{} <small>前 {} 行 first rows</small></h4>{}")
        return str(shown.format(name, len(rows), _table(_HEADS[:-1], [_previewed(row) for row in rows])))

    def started(self, token: str, chosen: Mapping[str, str], limit: int, keep: bool, reader: Reader) -> str:
        """Begin the work or go on with it; return what is wrong, or nothing."""
        try:
            columns = mapping(chosen, self._batches.preview(token).columns)
            self._batches.start(token, Job("", dict(columns.names), limit, keep))
        except TagweaveError as error:
            return str(_problem(error, reader))
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
            shown = _progress(status) + (self._result(token) if status.state == "done" else Markup(""))
        except TagweaveError as error:
            return str(answer.problem(str(error))), False
        return str(shown), status.state in ("waiting", "running")

    def _result(self, token: str) -> Markup:
        listed = first(self._batches.result(token, "tagged.jsonl"), _SHOWN)
        rejects = first(self._batches.result(token, REJECTS), _SHOWN)
        links = Markup("").join(_link(token, name) for name in RESULTS)
        parts = [
            Markup('<p class="tw-downloads">下载 Download {}<small>保留一天 kept for a day</small></p>').format(links),
            _rejected(token, rejects),
            _table(_HEADS, [_record(each) for each in listed]),
        ]
        return Markup("").join(parts)


_HEADS = ("标题 Title", "描述 Description", "语言 Language", "标签 Tags", "建议 Suggestions")


def _problem(error: TagweaveError, reader: Reader) -> Markup:
    line = said(error, reader) if isinstance(error, WrongFile) else str(error)
    return Markup('<p class="tw-note tw-problem" role="alert">{}</p>').format(line)


def _progress(status: Status) -> Markup:
    if status.state == "new":
        return Markup("")
    left = status.seconds_left
    facts = [("", _STATES[status.state])]
    if status.total:
        facts += [("", f"{status.done:,} / {status.total:,}"), ("每秒 per second", f"{status.rate:.1f}")]
    if left is not None and status.state == "running":
        facts.append(("剩余 left", f"{left // 60:.0f}:{left % 60:02.0f}"))
    shown = Markup("").join(Markup("<span>{} <b>{}</b></span>").format(*each) for each in facts)
    problem = answer.problem(status.problem) if status.problem else Markup("")
    bar = Markup('<progress value="{}" max="{}" aria-label="进度 progress"></progress>').format(
        status.done if status.total else int(status.state == "done"), status.total or 1
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
        Markup("<li><b>{:,}</b> <span>{}</span></li>").format(each["line"], each["reason"]) for each in rejects
    )
    return Markup(
        '<details class="tw-rejects" open><summary>未处理的行 Rejected rows</summary><ol>{}</ol>'
        '<p><a href="api/batches/{}/{}" download>全部 All (JSONL)</a></p></details>'
    ).format(rows, token, REJECTS)


def _previewed(row: Product | Reject) -> list[str]:
    if isinstance(row, Reject):
        return [f"✗ {row.line}: {row.reason}", "", "", ""]
    return [row.title, row.description, row.lang, " | ".join(row.tags)]


def _record(record: Mapping[str, Any]) -> list[str]:
    suggestions = ", ".join(f"{each['tag']} {each['probability']:.0%}" for each in record["suggestions"])
    return [record["title"], record["description"], record["lang"], " | ".join(record["tags"]), suggestions]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(each) for each in heads)
    body = Markup("").join(Markup("<tr>{}</tr>").format(Markup("").join(map(_cell, row))) for row in rows)
    return Markup(
        '<div class="tw-scroll" tabindex="0" role="region" aria-label="表格 table">'
        '<table class="tw-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(head, body)


def _cell(text: str) -> Markup:
    return Markup('<td dir="auto">{}</td>').format(text[:_CELL] + ("…" if len(text) > _CELL else ""))
