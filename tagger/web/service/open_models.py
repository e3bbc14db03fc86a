"""A store's models, asked by one visitor at a time."""

import contextlib
import threading
import time
from collections.abc import Iterator

from index.encoders.vector_cache import CachedEncoder
from index.errors import TagweaveError
from index.progress import silent
from index.store import Store
from tagger.fitted_models import FittedModels, Models
from tagger.search.similarity import SimilarityIndex
from tagger.web.service.limits import MOST_WAITING

_GIVE_WAY_S = 0.01


class Busy(TagweaveError):
    """Too many requests wait already."""


class OpenModels:
    """A store's models, which visitors and work in the background ask in turn. Safe to call from threads."""

    def __init__(self, store: Store, *, most_waiting: int = MOST_WAITING) -> None:
        self._models = FittedModels(store)
        self._places = threading.BoundedSemaphore(most_waiting)
        self._most_waiting = most_waiting

    @contextlib.contextmanager
    def in_turn(self) -> Iterator[Models]:
        """Have the models for oneself as long as the block lasts, as a visitor, who does not wait behind many others.

        Raises `Busy` where too many wait, and what `open_pipeline` raises.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(f"{self._most_waiting} requests wait already; try again in a moment")
        try:
            with self._models.turn() as models:
                yield models
        finally:
            self._places.release()

    @contextlib.contextmanager
    def in_background(self) -> Iterator[Models]:
        """Have the models for oneself as long as the block lasts, however many visitors wait, who come in between.

        Raises what `open_pipeline` raises.
        """
        with self._models.turn() as models:
            yield models
        # A lock is not fair: who waits for it has it before we ask again.
        time.sleep(_GIVE_WAY_S)

    def encoder(self) -> CachedEncoder:
        """Return the encoder that the models were fitted with."""
        with self.in_turn() as models:
            return models.encoder

    def similarity_index(self) -> SimilarityIndex:
        """Return what finds products that are near in meaning."""
        with self.in_turn() as models:
            return models.similarity_index

    def keep_vector(self, text: str) -> None:
        """Keep the vector of a text, so that no start has to make it again; nothing where no models can be opened."""
        with contextlib.suppress(TagweaveError), self.in_turn() as models:
            models.encoder.warm([text], silent)
