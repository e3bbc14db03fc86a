"""Render the batch tab: the first rows of a file, the progress, and the results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from index.errors import TagweaveError
from index.files.product_reader import Reject
from index.messages import Message, mark
from index.product import Product
from tagger.jobs.file_jobs import REJECTS, RESULTS
from tagger.jobs.job import State, Status
from tagger.jobs.upload import PLAIN, FirstRows
from tagger.web.components import panels
from tagger.web.components.tables import table
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import hint, say

_HEADS = tuple(map(say, (mark("Title"), mark("Description"), "Language", "Tags")))
# Programs whose files are recognised, by the names of the dialects.
FORMATS: Mapping[str, str] = {
    "shopify": "Shopify",
    "shopify-json": "Shopify (JSON)",
    "woocommerce": "WooCommerce",
    "woocommerce-json": "WooCommerce (JSON)",
    "magento": "Magento",
    "google-merchant": "Google Merchant",
    "amazon": "Amazon",
    "prestashop": "PrestaShop",
    "akeneo": "Akeneo",
    "open-food-facts": "Open Food Facts",
    "chinese-shops": mark("Taobao, JD"),
    PLAIN: mark("a plain table"),
}
_SEPARATORS: Mapping[str, str] = {"\t": mark("tab")}
_MOST_REFUSED = 10
# Suggestions below are not offered.
_LEAST_SHOWN = 0.01
_STATES: Mapping[State, str] = {
    "new": "",
    "waiting": mark("waiting"),
    "running": mark("running"),
    "stopped": mark("stopped; you can resume"),
    "failed": mark("failed"),
    "done": mark("done"),
}


@dataclass(frozen=True)
class TagButton:
    """A tag of a row of the result: its probability if it was suggested, and whether the row has it."""

    tag: str
    probability: float | None
    pressed: bool


@dataclass(frozen=True)
class ResultRow:
    """A product of the result, by its number from 0."""

    number: int
    title: str
    lang: str
    buttons: Sequence[TagButton]


def render_problem(error: TagweaveError) -> Markup:
    """Show in one line what is wrong with a file or its settings."""
    return render("batch/problem.html", line=error.message)


def render_preview(name: str, first: FirstRows, limit: int) -> Markup:
    """Show what was found out about a file, and how its first rows are read: `limit` of them, and those refused."""
    refused = [row for row in first.rows[limit:] if isinstance(row, Reject)][:_MOST_REFUSED]
    rows = [*first.rows[:limit], *refused]
    return render(
        "batch/preview.html",
        name=name,
        first=first,
        format=FORMATS.get(first.format, first.format),
        separator=_SEPARATORS.get(first.columns, first.columns),
        products=sum(isinstance(row, Product) for row in first.rows),
        refused=sum(isinstance(row, Reject) for row in first.rows),
        table=table(hint("First rows of the file"), _HEADS, [_preview_cells(row) for row in rows]),
    )


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
    """Show a tagged file: the rejected rows, and the first products with buttons that change their tags."""
    rows = [_row(number, each) for number, each in enumerate(records)]
    return render("batch/result.html", rejects=render_rejects(token, rejects), rows=rows)


def render_files(token: str, changed: int, written: str = "") -> Markup:
    """Show the files to download; rows that were changed since must be written first.

    `written` is the name of the file that is like the uploaded one, if it was written.
    """
    return render("batch/files.html", token=token, files=RESULTS, changed=changed, written=written)


def _row(number: int, record: Mapping[str, Any]) -> ResultRow:
    """Return a row of the result: the tags that it has, and all other suggestions."""
    chances = {each["tag"]: each["probability"] for each in record["suggestions"]}
    # The probability of a tag that the file has, and no one else suggests, would only surprise.
    likely = {tag: chance for tag, chance in chances.items() if chance >= _LEAST_SHOWN}
    tags = dict.fromkeys([*record["tags"], *likely])
    buttons = [TagButton(tag, likely.get(tag), tag in record["tags"]) for tag in tags]
    return ResultRow(number, record["title"] or record["description"], _language(record["lang"]), buttons)


def render_rejects(token: str, rejects: Sequence[Mapping[str, Any]]) -> Markup:
    """Show the first rejected rows with their reasons, or nothing if no row was rejected."""
    return render("batch/rejects.html", token=token, file=REJECTS, rejects=[_reject(each) for each in rejects])


def _reject(record: Mapping[str, Any]) -> Reject:
    """Return the reject of a record; files of earlier versions have the English reason only."""
    reason = Message.from_dict(record) if "code" in record else Message(record["reason"])
    return Reject("", record["line"], reason)


def _language(lang: str) -> str:
    return say(names.LANGUAGES.get(lang, lang))
