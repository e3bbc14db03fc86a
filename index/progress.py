"""How long work says where it stands."""

from typing import Protocol


class Progress(Protocol):
    """Is told of each step; showing it is the caller's business."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that `done` of `total` units of a stage are done, 0 at its start."""


def silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""
