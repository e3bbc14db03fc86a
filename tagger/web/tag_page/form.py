"""Show how a tag can be changed, and what a change would do, as HTML whose buttons plan it and do it."""

from collections.abc import Mapping

from markupsafe import Markup

from index.catalogue.tag_edit import EditKind
from tagger.feedback.tag_edits import TagPlan
from tagger.feedback.user_input import LONGEST_TAG
from tagger.vocabulary import Entry
from tagger.web.i18n.translations import say
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


def form(entry: Entry, typed: str = "") -> Markup:
    """Show one field and what can be done with the text in it, the aliases to be removed, and the tag's deletion.

    It is folded but where it was `typed` into, and that was refused.
    """
    button = Markup('<button type="button" class="tw-taken" data-plan="{}" data-lang="{}" data-tag="{}">{}</button>')
    actions = Markup("").join(button.format(kind, lang, entry.tag, say(does)) for kind, lang, does in _ACTIONS)
    return Markup(
        '<details class="tw-edit"{}><summary>{}</summary><div class="tw-form"><label>{} '
        '<input type="text" name="value" value="{}" maxlength="{}" autocomplete="off"></label>'
        '<div class="tw-choice">{}</div></div>{}<div class="tw-choice">{}</div></details>'
    ).format(
        Markup(" open") if typed else "",
        say("Change this tag"),
        say("A new name, an alias, or another tag"),
        typed,
        LONGEST_TAG,
        actions,
        _removals(entry),
        button.format("delete", "", entry.tag, say("Delete this tag")),
    )


def _removals(entry: Entry) -> Markup:
    shown = Markup(
        '<button type="button" class="tw-taken tw-all" data-plan="unalias" data-tag="{}" data-value="{}">'
        '{}: <bdi>{}</bdi> <span aria-hidden="true">×</span></button>'
    )
    removable = [alias for alias in aliases(entry) if alias != entry.came_as]
    return Markup('<div class="tw-choice">{}</div>').format(
        Markup("").join(shown.format(entry.tag, alias, say("Remove alias"), alias) for alias in removable)
    )


def preview(plan: TagPlan) -> Markup:
    """Show how many products a change concerns, with the button that makes it."""
    change = plan.change
    others = Markup("; <bdi>{}</bdi>: <b>{:,}</b>").format(change.value, plan.others) if change.kind == "merge" else ""
    return Markup(
        '<div class="tw-bulk" role="status"><p><bdi>{}</bdi>: {}{} <b dir="auto">{}</b></p>'
        "<p><b>{:,}</b> {}{}</p>"
        '<button type="button" class="tw-taken tw-apply" data-edit="{}" data-tag="{}" data-value="{}" data-lang="{}" '
        'data-size="{}" data-spot="apply">{}</button></div>'
    ).format(
        change.tag,
        say(_WOULD[change.kind]),
        f" ({change.lang})" if change.lang else "",
        change.value,
        plan.products,
        say("products have the tag"),
        others,
        change.kind,
        change.tag,
        change.value,
        change.lang,
        size(plan),
        say("Apply"),
    )


def size(plan: TagPlan) -> str:
    """Return what has to be the same when a plan is carried out as when it was shown."""
    return f"{plan.products}/{plan.others}"
