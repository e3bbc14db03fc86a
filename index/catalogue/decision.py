"""A person's decision on a tag of a product, and its effect on the product's tags."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from index.product import Product

Kind = Literal["accept", "reject", "add", "remove"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ANONYMOUS = "anonymous"

Tags = tuple[str, ...]


@dataclass(frozen=True)
class DecisionDraft:
    """A requested decision: accept or reject a suggested tag, add another tag, or remove one of the product's tags."""

    kind: Kind
    product: Product
    tag: str
    by: str = ANONYMOUS


@dataclass(frozen=True)
class Decision:
    """A recorded decision; the decisions of one `batch` were made together, and are undone together.

    `before` holds the product's tags in the catalogue at the time, or None if the product was not there. Times are UTC.
    """

    number: int
    batch: int
    kind: Kind
    product: str
    title: str
    description: str
    tag: str
    by: str
    at: datetime
    before: Tags | None = None
    undone_by: str | None = None
    undone_at: datetime | None = None

    @property
    def wanted(self) -> bool:
        """Tell whether the product should have the tag."""
        return self.kind in ("accept", "add")

    @property
    def text(self) -> str:
        """The product's text at the time of the decision."""
        return Product(self.product, self.title, self.description).text

    def after(self, tags: Tags) -> Tags:
        """Return a product's tags after the decision; a tag that it already has keeps its place."""
        if self.wanted:
            return tags if self.tag in tags else (*tags, self.tag)
        return tuple(tag for tag in tags if tag != self.tag)


@dataclass(frozen=True)
class Batch:
    """Decisions that were made together; `number` is that of the first, `active` counts those that were not undone."""

    number: int
    kind: Kind
    tag: str
    by: str
    at: datetime
    decisions: int
    active: int


def make_batch(drafts: Sequence[DecisionDraft], first: int, at: datetime, tags: Mapping[str, Tags]) -> list[Decision]:
    """Turn drafts into one batch, numbered from `first`; `tags` has the current tags of products in the catalogue."""
    now = dict(tags)
    made = []
    for number, each in enumerate(drafts, start=first):
        id, title, description = each.product.id, each.product.title, each.product.description
        decision = Decision(number, first, each.kind, id, title, description, each.tag, each.by, at, now.get(id))
        if decision.before is not None:
            now[id] = decision.after(decision.before)
        made.append(decision)
    return made


def result(decisions: Sequence[Decision]) -> dict[str, Tags]:
    """Return the tags that products in the catalogue have after these decisions, given in order."""
    return {each.product: each.after(each.before) for each in decisions if each.before is not None}


def without(chain: Sequence[Decision], gone: Collection[int]) -> tuple[Tags, list[Decision]]:
    """Return a product's tags as if the decisions in `gone` had never been made, and the later decisions to match.

    `chain` holds all active decisions on the product, in order. At least one that was made on it in the catalogue must
    be in `gone`.
    """
    tied = [each for each in chain if each.before is not None]
    at = next(place for place, each in enumerate(tied) if each.number in gone)
    tags, others = tied[at].before or (), []
    for each in tied[at:]:
        if each.number not in gone:
            others.append(replace(each, before=tags))
            tags = each.after(tags)
    return tags, others
