"""Show the tags of a product to be judged, and what was decided on it, as HTML whose buttons decide and undo."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from index.catalogue.decision import Decision
from index.product import Product
from tagger.feedback.review_item import ReviewItem, ReviewRow
from tagger.vocabulary import Vocabulary
from tagger.web.components.bars import chance
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import named
from tagger.web.i18n.error_translations import both
from tagger.web.i18n.translations import hint, say

_MOST_SHOWN = 30
_WITHOUT = Markup('<p class="tw-note tw-problem" role="status">{}: {}</p>')


def verdicts(judged: ReviewItem) -> Markup:
    """Show every tag with two buttons: accept and reject; a pressed one takes the decision back."""
    problem = _WITHOUT.format(say("No suggestions"), both(judged.without)) if judged.without else Markup("")
    shown = Markup("").join(_row(row, judged.product) for row in judged.rows)
    return problem + Markup('<ol class="tw-verdicts">{}</ol>').format(shown)


def _row(row: ReviewRow, product: Product) -> Markup:
    first, second = names.tag(row.result.tag, row.result.labels, product.lang)
    wanted = None if row.decision is None else row.decision.wanted
    state = {None: "tw-open", True: "tw-accepted", False: "tw-refused"}[wanted]
    return Markup(
        '<li class="tw-judge {}" data-tag="{}"><span class="tw-name"><b>{}</b> <span>{}</span></span>'
        '<span class="tw-badges">{}</span>{}<span class="tw-verdict">{}{}</span></li>'
    ).format(
        state,
        row.result.tag,
        first,
        second,
        _badges(row),
        chance(row.result.probability),
        _button("accept", row, product, pressed=wanted is True),
        _button("reject", row, product, pressed=wanted is False),
    )


def _badges(row: ReviewRow) -> Markup:
    badge = Markup('<span class="tw-facet">{}</span>')
    said = [row.result.facet] if row.result.facet else []
    said += ["stored"] if row.stored else []
    shown = [badge.format(say(each)) for each in said]
    shown += [Markup('<span class="tw-new">{}</span>').format(say("new"))] if row.result.new else []
    if row.decision:
        by = Markup('<span class="tw-by">{} · <bdi>{}</bdi></span>')
        shown.append(by.format(say(names.DECISIONS[row.decision.kind]), row.decision.by))
    return Markup("").join(shown)


def _button(verdict: str, row: ReviewRow, product: Product, *, pressed: bool) -> Markup:
    mark, label = {"accept": ("✓", hint("Accept")), "reject": ("✗", hint("Reject"))}[verdict]
    tag = row.result.tag
    if pressed and row.decision:
        does = Markup('data-undo="{}"').format(row.decision.number)
    else:
        kind = "remove" if verdict == "reject" and row.stored else verdict
        does = Markup('data-kind="{}" data-tag="{}"').format(kind, tag)
    return Markup(
        '<button type="button" class="tw-{}" aria-pressed="{}" data-spot="{} {}" data-id="{}" {} title="{}" '
        'aria-label="{}: {}">{}</button>'
    ).format(verdict, "true" if pressed else "false", verdict, tag, product.id, does, label, label, tag, mark)


def history(decisions: Sequence[Decision], vocabulary: Vocabulary) -> Markup:
    """Show the decisions on a product, the latest first, those in force with a button that undoes them."""
    if not decisions:
        return Markup('<p class="tw-none">{}</p>').format(say("Nothing decided yet."))
    shown = Markup("").join(_past(each, vocabulary) for each in decisions[:_MOST_SHOWN])
    more = len(decisions) - _MOST_SHOWN
    rest = Markup("<li>… {} {}</li>").format(more, say("earlier")) if more > 0 else Markup("")
    return Markup('<ol class="tw-history">{}{}</ol>').format(shown, rest)


def _past(decision: Decision, vocabulary: Vocabulary) -> Markup:
    state, after = (
        "",
        Markup(
            '<button type="button" class="tw-undo" data-spot="undo {}" data-undo="{}" data-id="{}">{}</button>'
        ).format(decision.number, decision.number, decision.product, say("Undo")),
    )
    if decision.undone_at:
        state, after = "tw-undone", undone(decision.undone_by, decision.undone_at)
    return Markup('<li class="{}"><span>{} <b>{}</b></span><span><bdi>{}</bdi> · {}</span>{}</li>').format(
        state,
        say(names.DECISIONS[decision.kind]),
        named(decision.tag, vocabulary),
        decision.by,
        time(decision.at),
        after,
    )


def undone(by: str | None, at: datetime) -> Markup:
    """Say who took something back, and when."""
    who = Markup("<bdi>{}</bdi>").format(by or "")
    return Markup("<span>{} · {}</span>").format(say("undone by {0}").format(who), time(at))


def time(at: datetime) -> str:
    """Say when something was decided."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
