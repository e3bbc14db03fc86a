"""Results for one product: its tags with labels and evidence."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from index.messages import Message, english_texts
from tagger.types import Evidence


@dataclass(frozen=True)
class TagResult:
    """One suggested tag: its probability, whether it is accepted, whether it is new, its labels and its evidence."""

    tag: str
    probability: float
    accepted: bool
    new: bool
    facet: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)

    def as_dict(self) -> dict[str, object]:
        """Return plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Answer:
    """A product's tags, best first, and the seconds that each stage took.

    `without` gives the reason for each tagger that failed; `threshold` is the probability from which this product's
    tags are accepted.
    """

    tags: list[TagResult]
    seconds: Mapping[str, float]
    without: Mapping[str, Message] = field(default_factory=dict)
    threshold: float = 0.5

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        tags = [result.as_dict() for result in self.tags]
        return {
            "tags": tags,
            "stages": dict(self.seconds),
            "without": english_texts(self.without),
        }
