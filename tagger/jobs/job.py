"""How a file is to be tagged, and how far that is."""

from dataclasses import dataclass, field
from typing import Literal

State = Literal["new", "waiting", "running", "stopped", "failed", "done"]


@dataclass(frozen=True)
class Job:
    """How a file is to be tagged: the column of each field, so many suggestions, and whether its own tags stay."""

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    limit: int = 10
    keep: bool = True


@dataclass(frozen=True)
class Status:
    """Where the work stands; the rate is in products a second, since it was last started."""

    state: State = "new"
    done: int = 0
    total: int = 0
    begun_with: int = 0
    seconds: float = 0.0
    problem: str = ""

    @property
    def rate(self) -> float:
        """Return the products a second."""
        return (self.done - self.begun_with) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest will take at this rate; nobody knows before the first products."""
        return (self.total - self.done) / self.rate if self.rate else None
