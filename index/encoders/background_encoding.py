"""Compute the vectors of texts in a thread, while other work goes on."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from index.encoders.vector_cache import CachedEncoder
from index.progress import Progress
from index.vectors.base import Matrix


class _Stopped(Exception):
    """Ends the encoding after the chunk at hand."""


class BackgroundEncoding:
    """Fills the cache of an encoder from a thread; as an encoder itself, it waits for that.

    Use it as a context: entering begins, and returns once the first chunk is done, so that an encoder that cannot work
    raises its error before other work begins. Leaving ends the thread after the chunk at hand; finished chunks stay.
    """

    def __init__(self, encoder: CachedEncoder, texts: Sequence[str], progress: Progress) -> None:
        self._encoder = encoder
        self._texts = texts
        self._progress = progress
        self._thread = ThreadPoolExecutor(1)
        self._reports = 0
        self._begun = threading.Event()
        self._stopped = threading.Event()

    def __enter__(self) -> "BackgroundEncoding":
        """Begin."""
        self._work = self._thread.submit(self._encoder.warm, self._texts, self._report)
        self._work.add_done_callback(lambda _: self._begun.set())
        try:
            self._begun.wait()
            self.check()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        self._stopped.set()
        self._thread.shutdown()

    def _report(self, stage: str, done: int, total: int) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self._progress(stage, done, total)
        self._reports += 1
        # The first report only says how many texts there are.
        if self._reports > 1:
            self._begun.set()

    def when_done(self, call: Callable[[], None]) -> None:
        """Call a function once all vectors are there, or cannot be."""
        self._work.add_done_callback(lambda _: call())

    def check(self) -> None:
        """Raise what the encoder has raised, if it has."""
        if self._work.done():
            self._work.result()

    def wait(self) -> None:
        """Wait until all vectors are there; raises what the encoder raised."""
        self._work.result()

    @property
    def name(self) -> str:
        """Name the model and its exact weights."""
        return self._encoder.name

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""
        self.wait()
        return self._encoder.dim

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given."""
        self.wait()
        return self._encoder.encode(texts)
