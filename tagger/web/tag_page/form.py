"""Render the form that changes a tag, and the plan of a change with the button that applies it."""

from collections.abc import Mapping

from markupsafe import Markup

from index.catalogue.tag_edit import EditKind
from index.messages import mark
from tagger.feedback.tag_edits import TagPlan
from tagger.feedback.user_input import LONGEST_TAG
from tagger.vocabulary import Entry
from tagger.web.components.templates import render
from tagger.web.tag_page.page import aliases

_ACTIONS: tuple[tuple[EditKind, str, str], ...] = (
    ("rename", "", mark("Rename")),
    ("label", "zh", mark("Chinese label")),
    ("label", "en", mark("English label")),
    ("alias", "", mark("Add alias")),
    ("merge", "", mark("Merge into")),
)
_WOULD: Mapping[EditKind, str] = {
    "rename": mark("rename to"),
    "label": mark("label as"),
    "alias": mark("add the alias"),
    "unalias": mark("remove the alias"),
    "merge": mark("merge into"),
    "delete": mark("delete"),
}


def render_form(entry: Entry, typed: str | None = None) -> Markup:
    """Show a text field with the changes that use it, the removable aliases, and a delete button.

    The form is open if a text was refused, even an empty one: `typed`.
    """
    return render(
        "tag_page/form.html",
        tag=entry.tag,
        typed=typed or "",
        open=typed is not None,
        longest=LONGEST_TAG,
        actions=_ACTIONS,
        removable=[alias for alias in aliases(entry) if alias != entry.came_as],
    )


def render_plan(plan: TagPlan) -> Markup:
    """Show how many products a change affects, with a button that applies it."""
    return render("tag_page/plan.html", plan=plan, action=_WOULD[plan.change.kind], size=plan_size(plan))


def plan_size(plan: TagPlan) -> str:
    """Return the counts that must not have changed between showing and applying a plan."""
    return f"{plan.products}/{plan.others}"
