"""What the page and the APIs ask: one store, one pipeline, errors of the user as `TagweaveError`."""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from index.catalogue.decision import Decision
from index.catalogue.query import Page, Query
from index.errors import BadInput, TagweaveError
from index.files.html_page import product_in
from index.product import Product, make_product
from index.progress import silent
from index.store import FITTED, Store
from index.text.cleaning import clean
from tagger.evaluation.drift import DriftMonitor
from tagger.feedback.decisions import DecisionService, records_of
from tagger.feedback.merge_suggestions import LikelyMerges
from tagger.feedback.review_item import ReviewItem, rows
from tagger.feedback.review_priority import ReviewPriority, review_priorities
from tagger.feedback.review_queue import ReviewQueue
from tagger.fusion.diversity import diverse
from tagger.jobs.evaluate_file import JUDGED, SystemRankings, evaluating, system_rankings
from tagger.jobs.file_jobs import RESULTS, Batches, tagging
from tagger.jobs.learning_curves import Curves, curves_of
from tagger.jobs.quality_report import Quality
from tagger.jobs.tag_file import record_of
from tagger.load import describe
from tagger.pipeline import Answer, TagResult
from tagger.search.browse import Browser, Listing
from tagger.search.embedding_map import CatalogueMap
from tagger.web.service.open_models import OpenModels
from tagger.web.service.requests import (
    MOST_TAGS,
    DecisionRequest,
    ExplainRequest,
    HistoryRequest,
    SearchRequest,
    SimilarRequest,
    SuggestRequest,
    checked,
)

log = logging.getLogger(__name__)

_AT_ONCE = 16
_JUDGED = 15
_FIRST_TEXT = "高清晰度 4K 电视"


@dataclass(frozen=True)
class Tagged:
    """A product, its tags, and the seconds it took, without any waiting."""

    product: Product
    answer: Answer
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values: what `tagweave suggest --json` prints."""
        return {**self.answer.as_dict(), "seconds": self.seconds}


class Service:
    """Answers from a store; safe to call from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.models = OpenModels(store)
        self.browser = Browser(store.catalogue, self.models.similarity_index)
        self.merges = LikelyMerges(store.catalogue, self.models.encoder)
        self.map = CatalogueMap(self.browser, self.models.similarity_index)
        self.batches = Batches(store.folder / "batches", tagging(store, self._tag_batches), RESULTS)
        self.evaluations = Batches(store.folder / "evaluations", evaluating(store, self._judge), JUDGED)
        self.feedback = DecisionService(store, self.browser.vocabulary, self._keep_vector)
        self.queue = ReviewQueue(store, self._weigh)
        self.quality = Quality(store, self.evaluations)
        self.drift = DriftMonitor()

    def warm_up(self) -> threading.Thread:
        """Open the models and tag one text in the background, so that the first visitor need not wait for it."""
        thread = threading.Thread(target=self._tag_first, name="tagweave-warm-up", daemon=True)
        thread.start()
        return thread

    def _tag_first(self) -> None:
        try:
            with self.models.in_turn() as models:
                models.pipeline.explain(make_product(_FIRST_TEXT), 1)
        except TagweaveError as error:
            log.warning("no tags can be suggested: %s", error)

    def suggest(self, request: SuggestRequest) -> Tagged:
        """Tag one product; raises `BadInput` for an empty one or an unknown tagger, `Busy` where too many wait."""
        product = _product(request)
        with self.models.in_turn() as models:
            start = time.perf_counter()
            asked = models.pipeline.varied(without=request.without, threshold=request.threshold)
            choose = diverse(models.encoder, request.diversity)
            answer = asked.explain(product, request.limit, choose=choose)
            if asked is models.pipeline:
                self.drift.see(_best([answer.tags]), models.folder)
            return Tagged(product, answer, time.perf_counter() - start)

    def taggers(self) -> list[str]:
        """Return the names of the published models' taggers, none before the first `fit`."""
        publication = self._store.manifest().publications.get(FITTED)
        return list(publication.about["taggers"]) if publication else []

    def explain(self, request: ExplainRequest) -> dict[str, Any]:
        """Return one tag of a product as plain values; raises `BadInput` where no tagger puts it forward."""
        product = _product(request)
        with self.models.in_turn() as models:
            name = models.pipeline.vocabulary.canonical(clean(request.tag))
            answer = models.pipeline.explain(product, MOST_TAGS)
            found = next((each for each in answer.tags if each.tag == name), None)
            if found is None:
                raise BadInput("tag: no tagger puts it forward for this product")
            return {**found.as_dict(), "threshold": answer.threshold}

    def similar(self, request: SimilarRequest) -> list[tuple[Product, float]]:
        """Return products that are like another, with the cosine similarity; raises `BadInput` for an unknown id."""
        if request.id and (request.text or request.title or request.description):
            raise BadInput("give either an id, or texts")
        # What came without an id has its text's: a text that is asked about is no product, also where one has it.
        product = self.feedback.product(request.id) if request.id else replace(_product(request), id="")
        return self.browser.similar(product, request.limit)

    def _tag_batches(
        self, folder: Path, limit: int, batches: Iterator[list[Product]]
    ) -> Iterator[list[dict[str, Any]]]:
        """Tag a file's products a few at a time, so that visitors who ask for one get their turn in between."""
        for products in (batch[at : at + _AT_ONCE] for batch in batches for at in range(0, len(batch), _AT_ONCE)):
            with self.models.in_background() as models:
                tagged = models.pipeline.tag(products, limit)
            self.drift.see(_best(tagged), models.folder)
            yield [record_of(*each) for each in zip(products, tagged, strict=True)]

    def _judge(self, products: Sequence[Product]) -> SystemRankings:
        """Ask every tagger about some products, between the visitors who ask for one."""
        with self.models.in_background() as models:
            return system_rankings(models.pipeline, products)

    def decide(self, request: DecisionRequest) -> Decision:
        """Record a decision; raises `BadInput` for a product that there is not, or where both or neither are given."""
        if bool(request.product) == bool(request.title or request.description):
            raise BadInput("give either product, or title and description")
        feedback = self.feedback
        product = (
            feedback.product(request.product) if request.product else feedback.text(request.title, request.description)
        )
        return feedback.decide(request.kind, product, request.tag, request.by)

    def decisions(self, request: HistoryRequest) -> dict[str, Any]:
        """List decisions, the latest first, with how many there are."""
        found = self.feedback.history(request.product) if request.product else self.feedback.all()[::-1]
        page = found[request.offset : request.offset + request.limit]
        return {"total": len(found), "decisions": records_of(page)}

    def judged(self, id: str, order: Sequence[str] = ()) -> ReviewItem:
        """Show a product of the catalogue for review; tags in `order` come first. Raises `BadInput` for another id."""
        product, history = self.feedback.product(id), self.feedback.history(id)
        vocabulary = self.browser.vocabulary()
        try:
            with self.models.in_turn() as models:
                suggested = models.pipeline.explain(product, _JUDGED).tags
        except TagweaveError as error:
            return ReviewItem(product, rows(product, [], history, vocabulary, order), history, str(error))
        return ReviewItem(product, rows(product, suggested, history, vocabulary, order), history)

    def _weigh(self, products: Sequence[Product]) -> list[ReviewPriority]:
        """Tell what the review of each product is worth, by the taggers that take little time."""
        with self.models.in_background() as models:
            return review_priorities(models.pipeline, models.similarity_index, products)

    def _keep_vector(self, text: str) -> None:
        """Keep the vector of a text that was decided on, so that no start has to make it again."""
        with contextlib.suppress(TagweaveError), self.models.in_turn() as models:
            models.encoder.warm([text], silent)

    def search(self, request: SearchRequest) -> Page:
        """List products by words and tags."""
        return self.browser.by_words(request.query())

    def browse(self, query: Query, *, by_meaning: bool = False) -> Listing:
        """List products with facets; raises `BadInput` for a query that is too long or has unknown values."""
        checked(query)
        return self.browser.browse(query, by_meaning=by_meaning)

    def curves(self) -> Curves:
        """Return the learning curves of the last fine-tuning."""
        return curves_of(self._store)

    def info(self) -> dict[str, Any]:
        """Say what the store holds; where it lies is not a visitor's business."""
        return {**describe(self._store), "store": self._store.folder.name}


def _best(tagged: Sequence[Sequence[TagResult]]) -> list[float]:
    return [tags[0].probability if tags else 0.0 for tags in tagged]


def _product(request: SuggestRequest | ExplainRequest | SimilarRequest) -> Product:
    if request.text and (request.title or request.description):
        raise BadInput("give either text, or title and description")
    product = product_in(request.text) if request.text else make_product(request.title, request.description)
    if not product.text:
        raise BadInput("the text is empty")
    return product


def near(found: Sequence[tuple[Product, float]]) -> dict[str, Any]:
    """Return plain values: what `tagweave search --semantic --json` prints of its products."""
    return {"products": [{**asdict(product), "similarity": score} for product, score in found]}


def listed(page: Page) -> dict[str, Any]:
    """Return plain values: what `tagweave search --json` prints."""
    return {"total": page.total, "products": [asdict(product) for product in page.products]}
