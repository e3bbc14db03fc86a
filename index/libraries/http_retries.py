"""When to send a request again, and after how long."""

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

# The server did nothing yet, or may do it in a moment.
AGAIN = (423, 429, 502, 503)


@dataclass(frozen=True)
class Retries:
    """How often to try, and how long to wait in between: a random time below a bound that doubles (full jitter)."""

    most: int = 5
    first_s: float = 0.1
    longest_s: float = 10.0
    rng: random.Random = field(default_factory=random.Random, compare=False, repr=False)

    def pause(self, tried: int, asked_s: float) -> float:
        """Return the seconds before the next try; at least what the server asks for, and not all clients at once."""
        bound = min(self.longest_s, self.first_s * 2**tried)
        return asked_s + self.rng.uniform(0, bound)


@dataclass
class Tries:
    """The tries of one call; it ends with the last of them, or when the next one would come after the deadline.

    An answer with a status in `again` is no answer yet.
    """

    retries: Retries
    deadline: "Deadline"
    made: int = 0
    again: Collection[int] = AGAIN

    def pause(self, answer: httpx.Response | None) -> float | None:
        """Return the seconds to wait after an answer, or after none, before the next try; None if it is the last."""
        if answer is not None and answer.status_code not in self.again:
            return None
        asked_s = retry_after(answer.headers.get("retry-after")) if answer is not None else 0.0
        pause = self.retries.pause(self.made, asked_s)
        if self.made == self.retries.most or pause >= self.deadline.left:
            return None
        self.made += 1
        return pause


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock until which the caller waits."""

    at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline in so many seconds."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Return the seconds left, at least 0."""
        return max(0.0, self.at - self.clock())


def retry_after(header: str | None) -> float:
    """Return the seconds that a `Retry-After` header asks for, as a number or as a date; 0 if it asks for none."""
    if not header:
        return 0.0
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return 0.0
