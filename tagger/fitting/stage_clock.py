"""Measure how long the stages of a fit take."""

import contextlib
import threading
import time
from collections.abc import Iterator

from index.progress import Progress


class StageClock:
    """Measures how long each stage takes; where stages overlap, the time counts for the one that began first."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self._start = self._last = time.perf_counter()
        self._running: list[str] = []
        self._lock = threading.Lock()

    def total(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self._start

    def begin(self, name: str) -> None:
        """Begin a stage."""
        with self._lock:
            self._count()
            self.seconds.setdefault(name, 0.0)
            self._running.append(name)

    def end(self, name: str) -> None:
        """End a stage."""
        with self._lock:
            self._count()
            self._running.remove(name)

    def _count(self) -> None:
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[0]] += now - self._last
        self._last = now

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what is done inside as a stage."""
        self.begin(name)
        try:
            yield
        finally:
            self.end(name)
