"""The settings and the status of a job on a file."""

from dataclasses import dataclass, field
from typing import Literal

from index.messages import Message

State = Literal["new", "waiting", "running", "stopped", "failed", "done"]


@dataclass(frozen=True)
class Job:
    """How to tag a file: the column of each field, the number of suggestions, and whether to keep its own tags."""

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    limit: int = 10
    keep: bool = True


@dataclass(frozen=True)
class Status:
    """The progress of a job; `begun_with` products were done when it was last started, `seconds` ago."""

    state: State = "new"
    done: int = 0
    total: int = 0
    begun_with: int = 0
    seconds: float = 0.0
    problem: Message | None = None

    @property
    def rate(self) -> float:
        """Return the products done per second since the last start."""
        return (self.done - self.begun_with) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest will take at this rate; None before the first products."""
        return (self.total - self.done) / self.rate if self.rate else None
