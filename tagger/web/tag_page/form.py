"""Render the form that changes a tag, and the plan of a change with the button that applies it."""

from collections.abc import Mapping

from markupsafe import Markup

from index.catalogue.tag_edit import EditKind
from tagger.feedback.tag_edits import TagPlan
from tagger.feedback.user_input import LONGEST_TAG
from tagger.vocabulary import Entry
from tagger.web.components.templates import render
from tagger.web.tag_page.page import aliases

_ACTIONS: tuple[tuple[EditKind, str, str], ...] = (
    ("rename", "", "Rename"),
    ("label", "zh", "Chinese label"),
    ("label", "en", "English label"),
    ("alias", "", "Add alias"),
    ("merge", "", "Merge into"),
)
_WOULD: Mapping[EditKind, str] = {
    "rename": "rename to",
    "label": "label as",
    "alias": "add the alias",
    "unalias": "remove the alias",
    "merge": "merge into",
    "delete": "delete",
}


def render_form(entry: Entry, typed: str = "") -> Markup:
    """Show a text field with the changes that use it, the removable aliases, and a delete button.

    The form is open if `typed` holds text that was refused.
    """
    return render(
        "tag_page/form.html",
        tag=entry.tag,
        typed=typed,
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
