"""Add a tag to all products that match a query, or remove it from them: plan first, then record one batch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from index.catalogue.catalogue import Catalogue
from index.catalogue.decision import DecisionDraft
from index.catalogue.query import Query
from index.errors import BadInput
from tagger.feedback.tag_edits import deleted_tag_error
from tagger.search.browse import resolve_query
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.product_tags import own_name
from tagger.vocabulary.stored import naming_in

BulkKind = Literal["add", "remove"]
MOST_AT_ONCE = 10_000


@dataclass(frozen=True)
class Plan:
    """The decisions to record, and the number of matching products; products that would not change have no draft."""

    kind: BulkKind
    tag: str
    drafts: Sequence[DecisionDraft]
    total: int


def plan_bulk_decision(
    catalogue: Catalogue, vocabulary: Vocabulary, query: Query, kind: BulkKind, tag: str, by: str
) -> Plan:
    """Return the decisions that a bulk change needs.

    Raises `BadInput` for another kind, a deleted tag, or a query that matches more than `MOST_AT_ONCE` products.
    """
    if kind not in ("add", "remove"):
        raise BadInput("decision.bulk-kind")
    found = resolve_query(query, vocabulary, naming_in(catalogue, vocabulary))
    page = catalogue.page(replace(found, limit=MOST_AT_ONCE, offset=0))
    if page.total > MOST_AT_ONCE:
        raise BadInput("decision.bulk-too-many", count=page.total, most=MOST_AT_ONCE)
    name = vocabulary.canonical(tag)
    if vocabulary.drops(name):
        raise deleted_tag_error(name)
    drafts = [
        DecisionDraft(kind, product, own or vocabulary.came_as(name), by)
        for product in page.products
        if bool(own := own_name(product, name, vocabulary)) == (kind == "remove")
    ]
    return Plan(kind, name, drafts, page.total)
