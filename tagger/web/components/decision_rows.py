"""Render a product's tags and past decisions, with buttons that decide and undo."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from index.catalogue.decision import Decision
from index.product import Product
from tagger.feedback.review_item import ReviewItem, ReviewRow
from tagger.vocabulary import Vocabulary
from tagger.web.components.reasons import reason
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import named

_MOST_SHOWN = 30


@dataclass(frozen=True)
class DecisionRow:
    """A tag to accept or reject: its names in the reader's language and in the other one, and the pressed button.

    `name` is in the product's language.

    `reason` says why it is suggested.
    """

    row: ReviewRow
    name: str
    shown: Markup
    other_names: Markup
    pressed: str
    reason: Markup


@dataclass(frozen=True)
class PastDecision:
    """A past decision with its tag's display name."""

    decision: Decision
    tag: Markup


def decision_rows(item: ReviewItem) -> Markup:
    """Show every tag with an accept and a reject button. A click on a pressed button undoes the decision."""
    tags = [_decision_row(row, item.product) for row in item.rows]
    order = json.dumps([row.result.tag for row in item.rows], ensure_ascii=False)
    return render(
        "components/decision_rows.html", without=item.without, product_id=item.product.id, tags=tags, order=order
    )


def _decision_row(row: ReviewRow, product: Product) -> DecisionRow:
    wanted = None if row.decision is None else row.decision.wanted
    pressed = {None: "", True: "accept", False: "reject"}[wanted]
    tag, labels = row.result.tag, row.result.labels
    name = names.tag(tag, labels, product.lang)
    return DecisionRow(
        row, name, names.shown(tag, labels), names.other(tag, labels), pressed, reason(row.result, product)
    )


def decision_history(decisions: Sequence[Decision], vocabulary: Vocabulary) -> Markup:
    """Show the decisions on a product, latest first; those in force have an undo button."""
    shown = [PastDecision(each, named(each.tag, vocabulary)) for each in decisions[:_MOST_SHOWN]]
    return render("components/history.html", history=shown, more=len(decisions) - len(shown))
