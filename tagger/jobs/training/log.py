"""Parse a training's log: the progress of each stage, and how the training ended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The format that `tagger.cli.progress` writes.
_PROGRESS = re.compile(r"(.+): ([\d,]+) of ([\d,]+) \((\d+) s\)")
_TRACEBACK = "Traceback (most recent call last):"
_LAST_LINES = 6


@dataclass(frozen=True)
class Stage:
    """The progress of a stage; `begun_s` and `last_s` are the seconds from the start to its first and last report."""

    name: str
    done: int
    total: int
    begun_with: int
    begun_s: int
    last_s: int

    @property
    def whole(self) -> bool:
        """Tell whether the stage is complete."""
        return self.done >= self.total

    def rate(self, now_s: float) -> float:
        """Return the steps done per second up to now, so that the rate falls while a long step runs."""
        done, seconds = self.done - self.begun_with, max(self.last_s, now_s) - self.begun_s
        return done / seconds if seconds > 0 else 0.0

    def seconds_left(self, now_s: float) -> float | None:
        """Return how long the rest will take at this rate; None before the first step is done."""
        rate = self.rate(now_s)
        return (self.total - self.done) / rate if rate else None


@dataclass(frozen=True)
class Log:
    """The stages in order, the last other lines, and the error that ended the training, if there was one."""

    stages: Sequence[Stage] = ()
    lines: Sequence[str] = ()
    traceback: str = ""


def read(text: str) -> Log:
    """Parse a log; an incomplete last line is skipped."""
    stages: dict[str, Stage] = {}
    others: list[str] = []
    for line in text.splitlines(keepends=True):
        if not line.endswith("\n"):
            continue
        if found := _PROGRESS.fullmatch(line.rstrip("\n")):
            stages[found[1]] = _stage(stages.get(found[1]), found)
        elif line.strip():
            others.append(line.rstrip("\n"))
    return Log(list(stages.values()), others[-_LAST_LINES:], others[-1] if _TRACEBACK in others else "")


def _stage(former: Stage | None, found: re.Match[str]) -> Stage:
    done, total, at = (int(found[group].replace(",", "")) for group in (2, 3, 4))
    if former is None:
        return Stage(found[1], done, total, done, at, at)
    return Stage(found[1], done, total, former.begun_with, former.begun_s, at)
