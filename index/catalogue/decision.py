"""What a person decided on a tag of a product, and what that does to the product's tags."""

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
    """What somebody wants: a suggested tag accepted or rejected, another one added, one of the product's removed."""

    kind: Kind
    product: Product
    tag: str
    by: str = ANONYMOUS


@dataclass(frozen=True)
class Decision:
    """One draft as it stands in the record; those of one `batch` were made, and are undone, together.

    `before` holds the tags that the product had in the catalogue, and is None where it was not there. Times are UTC.
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
        """Tell whether the product is to have the tag."""
        return self.kind in ("accept", "add")

    @property
    def text(self) -> str:
        """The product's text at the time."""
        return Product(self.product, self.title, self.description).text

    def after(self, tags: Tags) -> Tags:
        """Return a product's tags with the decision followed; one that it has already keeps its place."""
        if self.wanted:
            return tags if self.tag in tags else (*tags, self.tag)
        return tuple(tag for tag in tags if tag != self.tag)


@dataclass(frozen=True)
class Batch:
    """Decisions that were made as one, by the number of the first; so many of them are in force."""

    number: int
    kind: Kind
    tag: str
    by: str
    at: datetime
    decisions: int
    active: int


def make_batch(drafts: Sequence[DecisionDraft], first: int, at: datetime, tags: Mapping[str, Tags]) -> list[Decision]:
    """Make one batch of the drafts, numbered from `first` on; `tags` has those of the products in the catalogue."""
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
    """Return the tags that the products of the catalogue have after these decisions, made in this order."""
    return {each.product: each.after(each.before) for each in decisions if each.before is not None}


def without(chain: Sequence[Decision], gone: Collection[int]) -> tuple[Tags, list[Decision]]:
    """Return a product's tags as if some decisions had never been made, and the others as they stand then.

    `chain` holds all decisions on the product that are in force, in order; one at least of those in the catalogue is
    gone.
    """
    tied = [each for each in chain if each.before is not None]
    at = next(place for place, each in enumerate(tied) if each.number in gone)
    tags, others = tied[at].before or (), []
    for each in tied[at:]:
        if each.number not in gone:
            others.append(replace(each, before=tags))
            tags = each.after(tags)
    return tags, others
