"""The models that `fit` published, opened once, and asked by one visitor at a time."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from index.encoders.vector_cache import CachedEncoder
from index.errors import TagweaveError
from index.store import FITTED, Store
from tagger.load import open_pipeline, published_encoder
from tagger.pipeline import Pipeline
from tagger.search.similarity import SimilarityIndex
from tagger.vocabulary.stored import Changes

_MOST_WAITING = 32
_GIVE_WAY_S = 0.01


class Busy(TagweaveError):
    """Too many requests wait already."""


@dataclass(frozen=True)
class Models:
    """The taggers with what goes by the same encoder, and the published folder that they were read from."""

    folder: str
    pipeline: Pipeline
    encoder: CachedEncoder
    similarity_index: SimilarityIndex
    changes: Changes


class OpenModels:
    """A store's models: opened on first use, and again after `fit` has published others. Safe to call from threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: Models | None = None
        # One product at a time: the models use all cores for one as it is.
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(_MOST_WAITING)

    @contextlib.contextmanager
    def in_turn(self) -> Iterator[Models]:
        """Have the models for oneself as long as the block lasts, as a visitor, who does not wait behind many others.

        Raises `Busy` where too many wait, and what `open_pipeline` raises.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(f"{_MOST_WAITING} requests wait already; try again in a moment")
        try:
            with self._turn:
                yield self._current()
        finally:
            self._places.release()

    @contextlib.contextmanager
    def in_background(self) -> Iterator[Models]:
        """Have the models for oneself as long as the block lasts, however many visitors wait, who come in between.

        Raises what `open_pipeline` raises.
        """
        with self._turn:
            yield self._current()
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

    def _current(self) -> Models:
        publication = self._store.manifest().publications.get(FITTED)
        folder = publication.folder if publication else ""
        if self._open is None or self._open.folder != folder:
            # Former models are let go of first: there need not be room for two.
            self._open = None
            self._open = _opened(self._store, folder)
        if (vocabulary := self._open.changes.vocabulary()) is not None:
            self._open.pipeline.follow(vocabulary)
        return self._open


def _opened(store: Store, folder: str) -> Models:
    encoder = published_encoder(store)
    # What is changed from here on, `changes` tells of; the pipeline reads what was changed before.
    changes = Changes(store.catalogue)
    return Models(folder, open_pipeline(store, encoder), encoder, SimilarityIndex(store.catalogue, encoder), changes)
