"""Progress reports of long work."""

import threading
from typing import Protocol


class Progress(Protocol):
    """A callback that receives progress; the caller decides how to show it."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report that `done` of `total` units of a stage are done; each stage starts with 0.

        Stages may overlap. The call may come from another thread than the one that began the work.
        """


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def one_at_a_time(progress: Progress) -> Progress:
    """Return a callback for several threads, which calls the given one for one thread after the other."""
    lock = threading.Lock()

    def report(stage: str, done: int, total: int) -> None:
        with lock:
            progress(stage, done, total)

    return report
