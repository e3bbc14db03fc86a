"""Render the preview of a bulk edit, and the latest bulk edits."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from index.catalogue.decision import Batch
from index.messages import mark
from tagger.feedback.bulk_decisions import BulkKind, Plan
from tagger.vocabulary import Vocabulary
from tagger.web.components.product_cards import headline
from tagger.web.components.templates import render
from tagger.web.i18n.display_names import named

_SHOWN = 5
_DOES: Mapping[BulkKind, str] = {"add": mark("Add"), "remove": mark("Remove")}


@dataclass(frozen=True)
class PastEdit:
    """A bulk edit made before, with its tag's display name."""

    batch: Batch
    tag: str


def preview(plan: Plan, vocabulary: Vocabulary) -> Markup:
    """Show how many products an edit would change, the first of them, and a button that applies it."""
    return render(
        "catalogue/bulk_preview.html",
        plan=plan,
        does=_DOES[plan.kind],
        tag=named(plan.tag, vocabulary),
        headlines=[headline(each.product) for each in plan.drafts[:_SHOWN]],
        products=fingerprint(plan),
    )


def apply(changed: int) -> Markup:
    """Show how many products an edit has changed."""
    return render("catalogue/bulk_applied.html", changed=changed)


def recent(batches: Sequence[Batch], vocabulary: Vocabulary) -> Markup:
    """Show the latest bulk edits, each with an undo button, or nothing if there are none."""
    edits = [PastEdit(each, named(each.tag, vocabulary)) for each in batches]
    return render("catalogue/bulk_recent.html", edits=edits) if edits else Markup()


def fingerprint(plan: Plan) -> str:
    """Return a hash of the products that a plan changes, to detect that the list has changed since the preview."""
    ids = "\n".join(sorted(each.product.id for each in plan.drafts))
    return hashlib.blake2b(ids.encode(), digest_size=8).hexdigest()
