"""A bounded queue of work in two classes: people's requests first, files behind them."""

import math
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tagger.web.scheduling.errors import Busy, Stopping, TooLate

Item = TypeVar("Item")
Result = TypeVar("Result")

# Before anything was measured.
_FIRST_RATE = 20.0
_MEMORY = 0.2
_LONGEST_RETRY_S = 30


@dataclass
class Work(Generic[Item, Result]):
    """One piece of work: the item, what it weighs, its deadline on the monotonic clock, and its future result."""

    item: Item
    weight: int = 1
    deadline: float = math.inf
    future: "Future[Result]" = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)

    @property
    def dropped(self) -> bool:
        """Tell whether nobody waits for the result: it was cancelled, or its deadline has passed."""
        return self.future.cancelled() or time.monotonic() > self.deadline

    def drop(self) -> None:
        """Give up on the work."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(TooLate("request.too-late"))


class WorkQueue(Generic[Item, Result]):
    """Work that waits, and how fast it is done. Thread-safe.

    At most `most` units of people's work may wait; work of files (`bulk`) has no limit, because each job has at most
    one piece of work in the queue.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._people: deque[Work[Item, Result]] = deque()
        self._bulk: deque[Work[Item, Result]] = deque()
        self._changed = threading.Condition()
        self._waiting = 0
        self._taken = 0
        self._closed = False
        self._rate = _FIRST_RATE
        self._refused_at: deque[float] = deque(maxlen=1024)

    @property
    def waiting(self) -> int:
        """Return how many units of people's work wait."""
        return self._waiting

    @property
    def full(self) -> bool:
        """Tell whether the next request would be refused. Reads no lock, so that a refusal costs nothing."""
        return self._waiting >= self.most

    def put(self, work: Work[Item, Result], *, bulk: bool = False) -> None:
        """Add work. Raises `Busy` if there is no room for it, `Stopping` if the queue is closed."""
        with self._changed:
            if self._closed:
                raise Stopping("request.stopping")
            if not bulk and self._waiting and self._waiting + work.weight > self.most:
                raise self.refusal()
            if bulk:
                self._bulk.append(work)
            else:
                self._people.append(work)
                self._waiting += work.weight
            self._changed.notify()

    def refusal(self) -> Busy:
        """Return the error for a request that finds the queue full; its time to retry grows with the refusals."""
        now = time.monotonic()
        self._refused_at.append(now)
        recent = sum(1 for at in tuple(self._refused_at) if now - at < 1)
        # All who were refused in the last second come back: the queue must be able to take them.
        after = math.ceil((self._waiting + recent) / max(self._rate, 1.0))
        busy = Busy("request.busy", waiting=self._waiting)
        busy.retry_after_s = min(max(after, 1), _LONGEST_RETRY_S)
        return busy

    def take(self, most: int, pause_s: float) -> list[Work[Item, Result]]:
        """Wait for work, and return pieces of at most `most` units together; an empty list if the queue is closed.

        People's work comes first. As much again as was taken the last time is waited for, until none has come for
        `pause_s` seconds: who was answered asks again, and what is done together costs half as much each.
        """
        with self._changed:
            enough = min(self._waiting + self._taken, most)
            self._changed.wait_for(lambda: self._people or self._bulk or self._closed)
            while self._people and self._waiting < enough and not self._closed:
                if not self._changed.wait(pause_s):
                    break
            taken: list[Work[Item, Result]] = []
            units = 0
            while self._people and (not taken or units + self._people[0].weight <= most):
                work = self._people.popleft()
                self._waiting -= work.weight
                if work.dropped:
                    work.drop()
                    continue
                taken.append(work)
                units += work.weight
            self._taken = units
            if not taken and self._bulk:
                taken = [self._bulk.popleft()]
            return taken

    @property
    def ended(self) -> bool:
        """Tell whether the queue is closed and empty."""
        return self._closed and not (self._people or self._bulk)

    def measure(self, units: int, seconds: float) -> None:
        """Take note that some units of work took so long."""
        rate = units / max(seconds, 1e-3)
        self._rate += _MEMORY * (rate - self._rate)

    def close(self) -> None:
        """Take no more people's work; files stop, and what waits is still done."""
        with self._changed:
            self._closed = True
            while self._bulk:
                self._bulk.popleft().future.cancel()
            self._changed.notify_all()
