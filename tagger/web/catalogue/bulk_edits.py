"""Show what a bulk edit would change, and the last bulk edits."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from index.catalogue.decision import Batch
from tagger.feedback.bulk_decisions import BulkKind, Plan
from tagger.vocabulary import Vocabulary
from tagger.web.components.product_cards import headline
from tagger.web.components.templates import render
from tagger.web.i18n.display_names import named

_SHOWN = 5
_DOES: Mapping[BulkKind, str] = {"add": "Add", "remove": "Remove"}


@dataclass(frozen=True)
class PastEdit:
    """A bulk edit that was made, with its tag's names."""

    batch: Batch
    tag: str


def preview(plan: Plan, vocabulary: Vocabulary) -> Markup:
    """Show how many products an edit would change and the first of them, with the button that does it."""
    return render(
        "catalogue/bulk_preview.html",
        plan=plan,
        does=_DOES[plan.kind],
        tag=named(plan.tag, vocabulary),
        headlines=[headline(each.product) for each in plan.drafts[:_SHOWN]],
        products=fingerprint(plan),
    )


def apply(changed: int) -> Markup:
    """Say how many products an edit has changed."""
    return render("catalogue/bulk_applied.html", changed=changed)


def recent(batches: Sequence[Batch], vocabulary: Vocabulary) -> Markup:
    """Show the last bulk edits, each with a button that undoes it; nothing where there are none."""
    edits = [PastEdit(each, named(each.tag, vocabulary)) for each in batches]
    return render("catalogue/bulk_recent.html", edits=edits) if edits else Markup()


def fingerprint(plan: Plan) -> str:
    """Name the products that a plan changes: another list of as many is another."""
    ids = "\n".join(sorted(each.product.id for each in plan.drafts))
    return hashlib.blake2b(ids.encode(), digest_size=8).hexdigest()
