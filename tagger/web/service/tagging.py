"""Suggest tags for one product, and explain one of them."""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from index.errors import BadInput, TagweaveError
from index.product import Product, make_product
from index.store import FITTED, Store
from index.text.cleaning import clean
from tagger.evaluation.drift import DriftMonitor
from tagger.fusion.diversity import diverse
from tagger.results import Answer, TagResult
from tagger.web.service.limits import MOST_TAGS
from tagger.web.service.open_models import OpenModels
from tagger.web.service.requests import ExplainRequest, SuggestRequest

log = logging.getLogger(__name__)

_FIRST_TEXT = "高清晰度 4K 电视"


@dataclass(frozen=True)
class Tagged:
    """A product, its tags, and the seconds that tagging took, waiting excluded."""

    product: Product
    answer: Answer
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as a dictionary, as `tagweave suggest --json` prints it."""
        return {**self.answer.as_dict(), "seconds": self.seconds}


class TaggingFacade:
    """Tag one product at a time. Thread-safe."""

    def __init__(self, store: Store, models: OpenModels, drift: DriftMonitor) -> None:
        self._store = store
        self._models = models
        self._drift = drift

    def warm_up(self) -> threading.Thread:
        """Open the models and tag one text in the background, so that the first visitor does not have to wait."""
        thread = threading.Thread(target=self._tag_first, name="tagweave-warm-up", daemon=True)
        thread.start()
        return thread

    def _tag_first(self) -> None:
        try:
            with self._models.in_turn() as models:
                models.pipeline.explain(make_product(_FIRST_TEXT), 1)
        except TagweaveError as error:
            log.warning("no tags can be suggested: %s", error)

    def taggers(self) -> list[str]:
        """Return the names of the published models' taggers, or an empty list before the first `fit`."""
        publication = self._store.manifest().publications.get(FITTED)
        return list(publication.about["taggers"]) if publication else []

    def suggest(self, request: SuggestRequest) -> Tagged:
        """Tag one product. Raises `BadInput` for an empty one or an unknown tagger, `Busy` if too many wait."""
        product = request.product()
        with self._models.in_turn() as models:
            start = time.perf_counter()
            asked = models.pipeline.variant(without=request.without, threshold=request.threshold)
            choose = diverse(models.encoder, request.diversity)
            answer = asked.explain(product, request.limit, choose=choose)
            if asked is models.pipeline:
                self._drift.see(best_probabilities([answer.tags]), models.folder)
            return Tagged(product, answer, time.perf_counter() - start)

    def explain(self, request: ExplainRequest) -> dict[str, Any]:
        """Return one tag of a product as a dictionary. Raises `BadInput` if no tagger suggests it."""
        product = request.product()
        with self._models.in_turn() as models:
            name = models.pipeline.vocabulary.canonical(clean(request.tag))
            answer = models.pipeline.explain(product, MOST_TAGS)
            found = next((each for each in answer.tags if each.tag == name), None)
            if found is None:
                raise BadInput("request.tag-not-suggested")
            return {**found.as_dict(), "threshold": answer.threshold, **answer.familiarity.as_dict()}


def best_probabilities(tagged: Sequence[Sequence[TagResult]]) -> list[float]:
    """Return the probability of each product's best tag, or 0 if it has none."""
    return [tags[0].probability if tags else 0.0 for tags in tagged]
