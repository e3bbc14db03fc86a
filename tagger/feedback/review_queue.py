"""The queue of products to review, most valuable first; computed in the background, in small batches."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from index.batching import batched
from index.errors import TagweaveError
from index.messages import Message
from index.product import Product
from index.store import FITTED, Store
from tagger.feedback.review_priority import ReviewPriority

log = logging.getLogger(__name__)

# Batch size: the page waits for the first batch only, and other requests get their turn between batches.
_AT_ONCE = 32
_SAMPLE = 2500
_WAIT_S = 5.0

Weigh = Callable[[Sequence[Product]], list[ReviewPriority]]
_State = tuple[tuple[int, int], str]


@dataclass(frozen=True)
class QueueProgress:
    """How many products of the sample have been scored, and the error message if scoring failed."""

    done: int = 0
    total: int = 0
    problem: Message | None = None

    @property
    def goes_on(self) -> bool:
        """Whether products remain to be scored."""
        return self.done < self.total and not self.problem


class ReviewQueue:
    """A sample of the catalogue, ordered by review priority; untagged products are sampled first.

    It is drawn again after products or models change. Products with a decision in force are left out. Thread-safe.
    """

    def __init__(self, store: Store, weigh: Weigh, *, sample: int = _SAMPLE) -> None:
        self._store = store
        self._weigh = weigh
        self._sample = sample
        self._change = threading.Condition()
        self._state: _State | None = None
        self._weighed: dict[str, ReviewPriority] = {}
        self._progress = QueueProgress()

    def next(self, seen: Collection[str] = ()) -> ReviewPriority | None:
        """Return the unseen product with the highest priority; wait up to 5 s for the first scores.

        Return None if no product is left to review, or none was scored in time.
        """
        self._begin()
        end = time.monotonic() + _WAIT_S
        decided = self._store.decisions.products_in_force()
        with self._change:
            while True:
                open_ones = [each for id, each in self._weighed.items() if id not in seen and id not in decided]
                left = end - time.monotonic()
                if open_ones or not self._progress.goes_on or left <= 0:
                    return max(open_ones, key=lambda each: (each.total, each.id), default=None)
                self._change.wait(left)

    def progress(self) -> QueueProgress:
        """Return the progress of the background scoring."""
        return self._progress

    def _begin(self) -> None:
        """Start scoring if it failed before, or if products or models have changed since."""
        publication = self._store.manifest().publications.get(FITTED)
        state = (self._store.catalogue.edition(), publication.folder if publication else "")
        with self._change:
            if state == self._state and not self._progress.problem:
                return
            products = self._store.catalogue.sample(self._sample)
            self._state, self._weighed, self._progress = state, {}, QueueProgress(0, len(products))
            threading.Thread(target=self._work, args=[state, products], name="tagweave-review", daemon=True).start()

    def _work(self, state: _State, products: Sequence[Product]) -> None:
        problem = None
        for lot in batched(products, _AT_ONCE):
            try:
                found = self._weigh(lot)
            except TagweaveError as error:
                found, problem = [], error.message
            with self._change:
                if self._state != state:
                    return
                self._weighed.update((each.id, each) for each in found)
                self._progress = QueueProgress(self._progress.done + len(lot), len(products), problem)
                self._change.notify_all()
            if problem:
                log.warning("the queue of reviews is not complete: %s", problem)
                return
