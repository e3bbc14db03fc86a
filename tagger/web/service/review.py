"""Choose products to review, and suggest tags for them."""

from collections.abc import Collection, Sequence

from index.encoders.vector_cache import CachedEncoder
from index.errors import MissingArtifact, TagweaveError
from index.product import Product
from index.store import Store
from index.vectors.base import Matrix
from tagger.feedback.decisions import DecisionService
from tagger.feedback.refit import BackgroundRefit, own_settings
from tagger.feedback.review_item import ReviewItem, rows
from tagger.feedback.review_priority import ReviewPriority, review_priorities
from tagger.feedback.review_queue import QueueProgress, ReviewQueue
from tagger.load import encoder_of
from tagger.search.browse import Browser
from tagger.web.service.open_models import OpenModels

_SUGGESTED = 15


class _ModelJudge:
    """Judges products by the store's models, between visitors' requests; with the fast taggers only.

    Before the first `fit` all products are equally doubtful, and a fit begins.
    """

    def __init__(self, store: Store, models: OpenModels, refit: BackgroundRefit) -> None:
        self._store = store
        self._models = models
        self._refit = refit
        self._encoder: CachedEncoder | None = None
        self._begun = False

    def priorities(self, products: Sequence[Product]) -> list[ReviewPriority]:
        """Return how doubtful each product's tags are."""
        try:
            with self._models.in_background() as models:
                return review_priorities(models.pipeline, models.similarity_index, products)
        except MissingArtifact:
            if not self._begun:
                # Where there is nothing to fit on, later decisions begin the next try.
                self._begun = True
                self._refit.begin()
            return [ReviewPriority(product.id, 1.0, 0.0, 0) for product in products]

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim)."""
        try:
            with self._models.in_background() as models:
                return models.encoder.encode(texts)
        except MissingArtifact:
            self._encoder = self._encoder or encoder_of(self._store, own_settings(self._store.folder))
            return self._encoder.encode(texts)


class ReviewFacade:
    """The review queue and its products. Thread-safe."""

    def __init__(
        self, store: Store, decisions: DecisionService, browser: Browser, models: OpenModels, refit: BackgroundRefit
    ) -> None:
        self._decisions = decisions
        self._browser = browser
        self._models = models
        self._queue = ReviewQueue(store, _ModelJudge(store, models, refit))

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
