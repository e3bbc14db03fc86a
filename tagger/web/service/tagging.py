"""Suggest tags for products, and explain one of them. Requests that wait at the same moment are tagged together."""

import logging
import math
import threading
import time
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from index.errors import BadInput, TagweaveError
from index.messages import LANGUAGES, texts
from index.product import Product, make_product
from index.store import FITTED, MANIFEST, Store
from index.text.cleaning import clean
from tagger.evaluation.drift import DriftMonitor
from tagger.results import Answer, TagResult
from tagger.rules.stored import stamp
from tagger.vocabulary import Vocabulary
from tagger.web.scheduling.answer_cache import AnswerCache
from tagger.web.scheduling.errors import Busy
from tagger.web.scheduling.metrics import Metrics
from tagger.web.scheduling.micro_batches import MicroBatches
from tagger.web.service.limits import MOST_IN_BATCH, MOST_TAGS, MOST_WAITING
from tagger.web.service.open_models import OpenModels
from tagger.web.service.questions import Question, answer_questions, question_of
from tagger.web.service.requests import ExplainRequest, SuggestRequest

log = logging.getLogger(__name__)

_FIRST_TEXT = "高清晰度 4K 电视"


@dataclass(frozen=True)
class Tagged:
    """A product, its tags, and the seconds that tagging took, waiting excluded.

    `models` names the publication that gave the tags, and `vocabulary` has their names.
    """

    product: Product
    answer: Answer
    seconds: float
    models: str = ""
    vocabulary: Vocabulary = field(default_factory=Vocabulary, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as a dictionary, as `tagweave suggest --json` prints it."""
        return {**self.answer.as_dict(), "seconds": self.seconds}


class TaggingFacade:
    """Tag products. Thread-safe."""

    def __init__(
        self,
        store: Store,
        models: OpenModels,
        drift: DriftMonitor,
        metrics: Metrics | None = None,
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._store = store
        self._models = models
        self._drift = drift
        self._metrics = metrics or Metrics()
        self._cache: AnswerCache[Tagged] = AnswerCache()
        self._batches: MicroBatches[Question, list[Tagged]] = MicroBatches(
            self._answer, most_waiting=most_waiting, most_at_once=MOST_IN_BATCH, metrics=self._metrics
        )

    def warm_up(self) -> threading.Thread:
        """Open the models and tag one text in the background, so that the first visitor does not have to wait."""
        thread = threading.Thread(target=self._tag_first, name="tagweave-warm-up", daemon=True)
        thread.start()
        return thread

    def _tag_first(self) -> None:
        # The first refusal must not wait until the messages are read.
        for language in LANGUAGES:
            texts(language)
        try:
            with self._models.in_turn() as models:
                models.pipeline.explain(make_product(_FIRST_TEXT), 1)
        except TagweaveError as error:
            log.warning("no tags can be suggested: %s", error)

    def taggers(self) -> list[str]:
        """Return the names of the published models' taggers, or an empty list before the first `fit`."""
        publication = self._store.manifest().publications.get(FITTED)
        return list(publication.about["taggers"]) if publication else []

    def ready(self) -> bool:
        """Tell whether the models are open, so that a suggestion is quick; a store that was never fitted has none."""
        return self._models.are_open or not self.taggers()

    def refusal(self) -> Busy | None:
        """Return why the next request would be refused, or None if there is room."""
        return self._batches.queue.refusal() if self._batches.queue.full else None

    def waiting(self) -> int:
        """Return how many products wait to be tagged."""
        return self._batches.queue.waiting

    def close(self, wait_s: float) -> None:
        """Answer what was accepted, for at most `wait_s` seconds, and accept nothing more."""
        self._batches.close(wait_s)

    def submit(self, question: Question, *, deadline: float = math.inf, bulk: bool = False) -> "Future[list[Tagged]]":
        """Ask a question and return its future answers, one for each product; cancel it if nobody wants them any more.

        `deadline` is on the monotonic clock; the answer raises `TooLate` after it. `bulk` work waits behind all other.
        Raises `Busy` if too many wait, `Stopping` if the server shuts down.
        """
        if not bulk and (known := self._known(question)) is not None:
            self._metrics.count("tagweave_cache_total", outcome="hit")
            done: Future[list[Tagged]] = Future()
            done.set_result(known)
            return done
        self._metrics.count("tagweave_cache_total", outcome="miss")
        return self._batches.submit(question, weight=len(question.products), deadline=deadline, bulk=bulk)

    def suggest(self, request: SuggestRequest) -> Tagged:
        """Tag one product. Raises `BadInput` for an empty one or an unknown tagger, `Busy` if too many wait."""
        [tagged] = self.submit(question_of(request)).result()
        return tagged

    def explain(self, request: ExplainRequest) -> dict[str, Any]:
        """Return one tag of a product as a dictionary. Raises `BadInput` if no tagger suggests it."""
        [tagged] = self.submit(Question((request.product(),), MOST_TAGS)).result()
        return explained(tagged, request.tag)

    def _known(self, question: Question) -> list[Tagged] | None:
        state = self._state()
        found = [self._cache.get(question.key(product), state) for product in question.products]
        known = [each for each in found if each is not None]
        return known if len(known) == len(found) else None

    def _state(self) -> Hashable:
        """Return a value that changes with everything that answers depend on."""
        folder = self._store.folder
        try:
            published = (folder / MANIFEST).stat().st_mtime_ns
        except FileNotFoundError:
            published = 0
        return self._store.catalogue.stamp(), stamp(folder), published

    def _answer(self, questions: Sequence[Question]) -> list[list[Tagged]]:
        state, start = self._state(), time.perf_counter()
        with self._models.turn() as models:
            answers = answer_questions(questions, models.pipeline, models.encoder)
            usual = [found for question, found in zip(questions, answers, strict=True) if question.usual]
            self._drift.see(best_probabilities([each.tags for found in usual for each in found]), models.folder)
            folder, vocabulary = models.folder, models.pipeline.vocabulary
        seconds = time.perf_counter() - start
        tagged = [
            [Tagged(each, found, seconds, folder, vocabulary) for each, found in zip(asked.products, own, strict=True)]
            for asked, own in zip(questions, answers, strict=True)
        ]
        for question, own in zip(questions, tagged, strict=True):
            for each in own:
                self._cache.put(question.key(each.product), state, each)
                self._time_stages(each.answer)
        return tagged

    def _time_stages(self, answer: Answer) -> None:
        for stage, seconds in answer.seconds.items():
            self._metrics.observe("tagweave_stage_seconds", seconds, stage=stage)


def explained(tagged: Tagged, tag: str) -> dict[str, Any]:
    """Return one tag of a tagged product, by any of its names. Raises `BadInput` if it is not among its tags."""
    name = tagged.vocabulary.canonical(clean(tag))
    found = next((each for each in tagged.answer.tags if each.tag == name), None)
    if found is None:
        raise BadInput("request.tag-not-suggested")
    return {**found.as_dict(), "threshold": tagged.answer.threshold, **tagged.answer.familiarity.as_dict()}


def best_probabilities(tagged: Sequence[Sequence[TagResult]]) -> list[float]:
    """Return the probability of each product's best tag, or 0 if it has none."""
    return [tags[0].probability if tags else 0.0 for tags in tagged]
