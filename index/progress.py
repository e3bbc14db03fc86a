"""Progress reports of long work."""

from typing import Protocol


class Progress(Protocol):
    """A callback that receives progress; the caller decides how to show it."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report that `done` of `total` units of a stage are done; each stage starts with 0."""


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""
