"""What the page and the APIs ask: one store, one pipeline, errors of the user as `TagweaveError`."""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.errors import BadInput, TagweaveError
from index.product import Product, make_product
from index.query import Page, Query
from index.store import Store
from tagger.batches import Batches
from tagger.browsing import Browser, Listing
from tagger.nearness import Nearness
from tagger.opening import KIND, describe, open_pipeline, published_encoder
from tagger.pipeline import Answer, Pipeline
from tagger.searching import by_words
from tagger.tagging import record_of
from tagger.web.inputs import SearchRequest, SuggestRequest, checked

log = logging.getLogger(__name__)

_MOST_WAITING = 32
_AT_ONCE = 16
_GIVE_WAY_S = 0.01
_FIRST_TEXT = "高清晰度 4K 电视"


class Busy(TagweaveError):
    """Too many requests wait already."""


@dataclass(frozen=True)
class Tagged:
    """A product, its tags, the threshold they were accepted by, and the seconds it took, without any waiting."""

    product: Product
    answer: Answer
    threshold: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values: what `tagweave suggest --json` prints."""
        return {**self.answer.as_dict(), "seconds": self.seconds}


class Service:
    """Answers from a store; safe to call from several threads.

    The pipeline is opened on first use, and again after `fit` has published another.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.browser = Browser(store.catalogue, self._near)
        self.batches = Batches(store, self._tag_batches)
        self._pipeline: Pipeline | None = None
        self._nearness: Nearness | None = None
        self._opened = ""
        # One product at a time: the models use all cores for one as it is.
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(_MOST_WAITING)

    def warm_up(self) -> threading.Thread:
        """Open the pipeline and tag one text in the background, so that the first visitor need not wait for it."""
        thread = threading.Thread(target=self._tag_first, name="tagweave-warm-up", daemon=True)
        thread.start()
        return thread

    def _tag_first(self) -> None:
        try:
            self.suggest(SuggestRequest(text=_FIRST_TEXT, limit=1))
        except TagweaveError as error:
            log.warning("no tags can be suggested: %s", error)

    def suggest(self, request: SuggestRequest) -> Tagged:
        """Tag one product; raises `BadInput` for an empty one, `Busy` where too many wait."""
        if request.text and (request.title or request.description):
            raise BadInput("give either text, or title and description")
        product = make_product(request.text or request.title, request.description)
        if not product.text:
            raise BadInput("the text is empty")
        with self._taken_turn() as pipeline:
            start = time.perf_counter()
            answer = pipeline.explain(product, request.limit)
            return Tagged(product, answer, pipeline.threshold, time.perf_counter() - start)

    def _tag_batches(
        self, folder: Path, limit: int, batches: Iterator[list[Product]]
    ) -> Iterator[list[dict[str, Any]]]:
        """Tag a file's products a few at a time, so that visitors who ask for one get their turn in between."""
        for products in (batch[at : at + _AT_ONCE] for batch in batches for at in range(0, len(batch), _AT_ONCE)):
            with self._taken_turn() as pipeline:
                tagged = pipeline.tag(products, limit)
            yield [record_of(*each) for each in zip(products, tagged, strict=True)]
            # A lock is not fair: who waits for it has it before we ask again.
            time.sleep(_GIVE_WAY_S)

    def search(self, request: SearchRequest) -> Page:
        """List products by words and tags."""
        return by_words(self._store, request.query())

    def browse(self, query: Query, *, by_meaning: bool = False) -> Listing:
        """List products with facets; raises `BadInput` for a query that is too long or has unknown values."""
        checked(query)
        return self.browser.browse(query, by_meaning=by_meaning)

    def info(self) -> dict[str, Any]:
        """Say what the store holds; where it lies is not a visitor's business."""
        return {**describe(self._store), "store": self._store.folder.name}

    @contextlib.contextmanager
    def _taken_turn(self) -> Iterator[Pipeline]:
        if not self._places.acquire(blocking=False):
            raise Busy(f"{_MOST_WAITING} requests wait already; try again in a moment")
        try:
            with self._turn:
                yield self._current()
        finally:
            self._places.release()

    def _current(self) -> Pipeline:
        self._reopened()
        if self._pipeline is None:
            encoder = published_encoder(self._store)
            self._pipeline = open_pipeline(self._store, encoder)
            self._nearness = Nearness(self._store.catalogue, encoder)
        return self._pipeline

    def _near(self) -> Nearness:
        with self._taken_turn():
            assert self._nearness is not None, "it is made with the pipeline"
            return self._nearness

    def _reopened(self) -> None:
        """Let go of a pipeline that `fit` has superseded."""
        publication = self._store.manifest().publications.get(KIND)
        folder = publication.folder if publication else ""
        if folder != self._opened:
            self._pipeline, self._nearness, self._opened = None, None, folder


def listed(page: Page) -> dict[str, Any]:
    """Return plain values: what `tagweave search --json` prints."""
    return {"total": page.total, "products": [asdict(product) for product in page.products]}
