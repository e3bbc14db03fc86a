"""Results for one product: its tags with labels and evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from index.messages import Message, english_texts
from tagger.types import Evidence


@dataclass(frozen=True)
class TagResult:
    """One suggested tag: its probability, whether it is accepted, whether it is new, its labels and its evidence.

    `proposed` marks a new tag that is probable enough to accept, but is offered for the vocabulary instead.

    A category of a taxonomy has a path: by language, the names from the top down to the category itself.
    """

    tag: str
    probability: float
    accepted: bool
    new: bool
    facet: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)
    path: Mapping[str, Sequence[str]] = field(default_factory=dict)
    proposed: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return plain values, for JSON; only categories have a path."""
        values = asdict(self)
        return values if self.path else {name: value for name, value in values.items() if name != "path"}


@dataclass(frozen=True)
class Familiarity:
    """Whether the store knows products like this one.

    If `known` is false, `reason` says why, and `chance` is the chance, 0 to 1, that the store has this kind of product
    after all. At 0 the text says nothing, and no tag can be suggested.
    """

    known: bool = True
    reason: Message | None = None
    chance: float = 1.0

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        reason = self.reason
        return {
            "known": self.known,
            "reason": str(reason) if reason else "",
            "reason_code": reason.code if reason else "",
        }


KNOWN = Familiarity()


@dataclass(frozen=True)
class Answer:
    """A product's tags, best first, and the seconds that each stage took.

    `without` gives the reason for each tagger that failed; `threshold` is the probability from which this product's
    tags are accepted; `familiarity` tells whether the store knows products like this one.
    """

    tags: list[TagResult]
    seconds: Mapping[str, float]
    without: Mapping[str, Message] = field(default_factory=dict)
    threshold: float = 0.5
    familiarity: Familiarity = KNOWN

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        tags = [result.as_dict() for result in self.tags]
        return {
            "tags": tags,
            **self.familiarity.as_dict(),
            "stages": dict(self.seconds),
            "without": english_texts(self.without),
        }
