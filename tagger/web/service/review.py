"""Choose products to review, and suggest tags for them."""

from collections.abc import Collection, Sequence

from index.errors import TagweaveError
from index.product import Product
from index.store import Store
from tagger.feedback.decisions import DecisionService
from tagger.feedback.review_item import ReviewItem, rows
from tagger.feedback.review_priority import ReviewPriority, review_priorities
from tagger.feedback.review_queue import QueueProgress, ReviewQueue
from tagger.search.browse import Browser
from tagger.web.service.open_models import OpenModels

_SUGGESTED = 15


class ReviewFacade:
    """The review queue and its products. Thread-safe."""

    def __init__(self, store: Store, decisions: DecisionService, browser: Browser, models: OpenModels) -> None:
        self._decisions = decisions
        self._browser = browser
        self._models = models
        self._queue = ReviewQueue(store, self._priorities)

    def next(self, seen: Collection[str] = ()) -> ReviewPriority | None:
        """Return the most valuable product to review outside `seen`, or None. Waits a few seconds for the first one."""
        return self._queue.next(seen)

    def progress(self) -> QueueProgress:
        """Return the progress of the queue."""
        return self._queue.progress()

    def item(self, id: str, order: Sequence[str] = ()) -> ReviewItem:
        """Return a product with its tags and suggestions, those in `order` first.

        Raises `BadInput` for an unknown id.
        """
        product, history = self._decisions.product(id), self._decisions.history(id)
        vocabulary = self._browser.vocabulary()
        try:
            with self._models.in_turn() as models:
                suggested = models.pipeline.explain(product, _SUGGESTED).tags
        except TagweaveError as error:
            return ReviewItem(product, rows(product, [], history, vocabulary, order), history, error.message)
        return ReviewItem(product, rows(product, suggested, history, vocabulary, order), history)

    def _priorities(self, products: Sequence[Product]) -> list[ReviewPriority]:
        """Return the review priority of each product, computed with the fast taggers only."""
        with self._models.in_background() as models:
            return review_priorities(models.pipeline, models.similarity_index, products)
