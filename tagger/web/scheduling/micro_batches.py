"""Do work in small batches on one thread: what waits at the same moment is done together."""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from tagger.web.scheduling.metrics import Metrics
from tagger.web.scheduling.queue import Work, WorkQueue

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

# Clients that were answered together ask again with pauses of this length at most between them.
_PAUSE_S = 0.006


class MicroBatches(Generic[Item, Result]):
    """Runs a function on batches of items, one batch at a time. Thread-safe.

    A batch has at most `most_at_once` units. The thread starts with the first work.
    """

    def __init__(
        self, run: Callable[[Sequence[Item]], list[Result]], *, most_waiting: int, most_at_once: int, metrics: Metrics
    ) -> None:
        self._run = run
        self._most_at_once = most_at_once
        self._queue: WorkQueue[Item, Result] = WorkQueue(most_waiting)
        self._metrics = metrics
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def queue(self) -> WorkQueue[Item, Result]:
        """Return the queue."""
        return self._queue

    def submit(
        self, item: Item, *, weight: int = 1, deadline: float = math.inf, bulk: bool = False
    ) -> "Future[Result]":
        """Queue an item and return its future result, which may be cancelled.

        Raises `Busy` if the queue is full, `Stopping` after `close`. The result raises `TooLate` if the deadline, on
        the monotonic clock, passes first.
        """
        work = Work[Item, Result](item, weight, deadline)
        self._queue.put(work, bulk=bulk)
        self._start()
        return work.future

    def close(self, wait_s: float) -> None:
        """Finish what waits, for at most `wait_s` seconds, and take nothing more."""
        self._queue.close()
        if self._thread:
            self._thread.join(wait_s)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="tagweave-models", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while not self._queue.ended:
            batch = self._queue.take(self._most_at_once, _PAUSE_S)
            running = [work for work in batch if work.future.set_running_or_notify_cancel()]
            if running:
                self._do(running)

    def _do(self, batch: Sequence[Work[Item, Result]]) -> None:
        begun = time.monotonic()
        units = sum(work.weight for work in batch)
        self._metrics.observe("tagweave_batch_products", units)
        for work in batch:
            self._metrics.observe("tagweave_wait_seconds", begun - work.since)
        self._finish(batch)
        seconds = time.monotonic() - begun
        self._metrics.observe("tagweave_batch_seconds", seconds)
        self._queue.measure(units, seconds)

    def _finish(self, batch: Sequence[Work[Item, Result]]) -> None:
        try:
            results = self._run([work.item for work in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0].future.set_exception(error)
                return
            # One bad item must not fail the others.
            for work in batch:
                self._finish([work])
            return
        for work, result in zip(batch, results, strict=True):
            work.future.set_result(result)
