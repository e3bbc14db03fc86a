"""The queue of products to review, most valuable first; computed in the background, in small batches."""

import logging
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from index.batching import batched
from index.errors import TagweaveError
from index.messages import Message
from index.product import Product
from index.store import FITTED, Store
from index.vectors.base import Matrix
from tagger.feedback.review_pool import ReviewPool
from tagger.feedback.review_priority import ReviewPriority

log = logging.getLogger(__name__)

# Batch size: the page waits for the first batch only, and other requests get their turn between batches.
_AT_ONCE = 32
_SAMPLE = 2500
_WAIT_S = 5.0
# Of the products with decisions that are not in the sample, the last ones are compared with those that are.
_REVIEWED = 1000

_State = tuple[tuple[int, int], str]
_NONE: Matrix = np.zeros((0, 0), np.float32)


class Judge(Protocol):
    """What the queue asks of the models."""

    def priorities(self, products: Sequence[Product]) -> list[ReviewPriority]:
        """Return how doubtful each product's tags are."""

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim)."""


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
    """A sample of the catalogue, from which the product is shown that teaches most; untagged ones are sampled first.

    It is drawn again after products or models change. Products with a decision in force are left out. Thread-safe.
    """

    def __init__(self, store: Store, judge: Judge, *, sample: int = _SAMPLE) -> None:
        self._store = store
        self._judge = judge
        self._sample = sample
        self._change = threading.Condition()
        self._state: _State | None = None
        self._pool = ReviewPool(_NONE)
        self._progress = QueueProgress()

    def next(self, seen: Collection[str] = ()) -> ReviewPriority | None:
        """Return the unseen product whose review has the highest value; wait up to 5 s for the first scores.

        Return None if no product is left to review, or none was scored in time.
        """
        self._begin()
        end = time.monotonic() + _WAIT_S
        decided = self._store.decisions.products_in_force()
        with self._change:
            while True:
                best = self._pool.best({*seen, *decided})
                left = end - time.monotonic()
                if best or not self._progress.goes_on or left <= 0:
                    return best
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
            if self._state is None or self._state[0] != state[0]:
                self._pool = ReviewPool(_NONE)
            # Other models change the priorities, but the former ones serve until all are computed.
            self._state, self._progress = state, QueueProgress(0, len(products))
            threading.Thread(target=self._work, args=[state, products], name="tagweave-review", daemon=True).start()

    def _work(self, state: _State, products: Sequence[Product]) -> None:
        problem = None
        pool: ReviewPool | None = None
        for lot in batched(products, _AT_ONCE):
            found, vectors = [], _NONE
            try:
                pool = pool if pool is not None else ReviewPool(self._reviewed(products))
                found, vectors = self._judge.priorities(lot), self._judge.vectors([each.text for each in lot])
            except TagweaveError as error:
                problem = error.message
            with self._change:
                if self._state != state:
                    return
                self._progress = QueueProgress(self._progress.done + len(lot), len(products), problem)
                if pool is not None:
                    pool.add(found, vectors)
                    self._pool = pool if self._progress.done == len(products) or not len(self._pool) else self._pool
                self._change.notify_all()
            if problem:
                log.warning("the queue of reviews is not complete: %s", problem)
                return

    def _reviewed(self, products: Sequence[Product]) -> Matrix:
        """Return the vectors of products with decisions that are not among these."""
        ids = {product.id for product in products}
        texts = [each.text for each in self._store.decisions.active() if each.product not in ids]
        distinct = list(dict.fromkeys(reversed(texts)))[:_REVIEWED]
        return self._judge.vectors(distinct) if distinct else _NONE
