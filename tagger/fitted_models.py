"""A store's published models: opened on first use, and reopened after another fit."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from index.encoders.vector_cache import CachedEncoder
from index.store import FITTED, Store
from tagger.load import open_pipeline, published_encoder, rules_of
from tagger.pipeline import Pipeline
from tagger.rules.stored import stamp
from tagger.search.similarity import SimilarityIndex
from tagger.vocabulary.stored import Changes


@dataclass(frozen=True)
class Models:
    """The pipeline, and what shares its encoder.

    `folder` names the publication that they were read from; `labelled` is the number of labelled products that they
    were fitted on.
    """

    folder: str
    labelled: int
    pipeline: Pipeline
    encoder: CachedEncoder
    similarity_index: SimilarityIndex
    changes: Changes


class FittedModels:
    """A store's current models, for one thread at a time; `opened` is called when others were opened."""

    def __init__(self, store: Store, opened: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._opened = opened
        self._open: Models | None = None
        self._rules: tuple[int, ...] = ()
        # One request at a time: a single one already uses all cores.
        self._turn = threading.Lock()

    @contextlib.contextmanager
    def turn(self) -> Iterator[Models]:
        """Hold the models exclusively inside the block. Raises what `open_pipeline` raises."""
        with self._turn:
            yield self._current()

    @property
    def are_open(self) -> bool:
        """Tell whether the models are already loaded."""
        return self._open is not None

    def _current(self) -> Models:
        publication = self._store.manifest().publications.get(FITTED)
        folder = publication.folder if publication else ""
        if self._open is None or self._open.folder != folder:
            # Free the old models first: memory may not hold both.
            self._open = None
            self._open = _open_models(self._store, folder, int(publication.about["products"]) if publication else 0)
            self._opened()
        if (vocabulary := self._open.changes.vocabulary()) is not None:
            self._open.pipeline.follow(vocabulary)
        self._follow_rules(self._open.pipeline)
        return self._open

    def _follow_rules(self, pipeline: Pipeline) -> None:
        current = stamp(self._store.folder)
        if current != self._rules:
            pipeline.rules = rules_of(self._store, pipeline.vocabulary)
            self._rules = current


def _open_models(store: Store, folder: str, labelled: int) -> Models:
    encoder = published_encoder(store)
    # `changes` starts before the pipeline reads the vocabulary, so that no change in between is missed.
    changes = Changes(store.catalogue)
    similarity_index = SimilarityIndex(store.catalogue, encoder)
    return Models(folder, labelled, open_pipeline(store, encoder), encoder, similarity_index, changes)
