"""A store's models, shared by visitors and background work."""

import contextlib
import gc
import threading
import time
from collections.abc import Iterator

from index.encoders.vector_cache import CachedEncoder
from index.errors import TagweaveError
from index.progress import silent
from index.store import Store
from tagger.fitted_models import FittedModels, Models
from tagger.search.similarity import SimilarityIndex
from tagger.web.scheduling.errors import Busy
from tagger.web.service.limits import MOST_WAITING

_GIVE_WAY_S = 0.01


class OpenModels:
    """A store's models, used by one visitor or background job at a time. Thread-safe."""

    def __init__(self, store: Store, *, most_waiting: int = MOST_WAITING) -> None:
        self._models = FittedModels(store, _keep_from_collector)
        self._places = threading.BoundedSemaphore(most_waiting)
        self._most_waiting = most_waiting

    @property
    def are_open(self) -> bool:
        """Tell whether the models are loaded."""
        return self._models.are_open

    @contextlib.contextmanager
    def turn(self) -> Iterator[Models]:
        """Lock the models for work that was already queued elsewhere. Raises whatever `open_pipeline` raises."""
        with self._models.turn() as models:
            yield models

    @contextlib.contextmanager
    def in_turn(self) -> Iterator[Models]:
        """Lock the models for a visitor's request.

        Raises `Busy` if too many requests wait, and whatever `open_pipeline` raises.
        """
        if not self._places.acquire(blocking=False):
            raise Busy("request.busy", waiting=self._most_waiting)
        try:
            with self._models.turn() as models:
                yield models
        finally:
            self._places.release()

    @contextlib.contextmanager
    def in_background(self) -> Iterator[Models]:
        """Lock the models for background work. It may wait behind any number of visitors, and lets them in between.

        Raises whatever `open_pipeline` raises.
        """
        with self._models.turn() as models:
            yield models
        # Locks are not fair: without a pause, this thread could take the lock again before a waiting visitor.
        time.sleep(_GIVE_WAY_S)

    def encoder(self) -> CachedEncoder:
        """Return the encoder that the models were fitted with."""
        with self.in_turn() as models:
            return models.encoder

    def similarity_index(self) -> SimilarityIndex:
        """Return the index that finds products similar in meaning."""
        with self.in_turn() as models:
            return models.similarity_index

    def keep_vector(self, text: str) -> None:
        """Cache the vector of a text for later starts. Does nothing if the models cannot be opened."""
        with contextlib.suppress(TagweaveError), self.in_turn() as models:
            models.encoder.warm([text], silent)


def _keep_from_collector() -> None:
    """Take all objects that are alive out of garbage collection, which would stop all threads to look through them."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
