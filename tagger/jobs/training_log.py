"""Read what a training wrote: how far each stage is, and how it ended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# As `tagger.cli.progress` writes it.
_PROGRESS = re.compile(r"(.+): ([\d,]+) of ([\d,]+) \((\d+) s\)")
_MISTAKE = "tagweave: "
_STOPPED = "tagweave: stopped;"
_TRACEBACK = "Traceback (most recent call last):"
_LAST_LINES = 6


@dataclass(frozen=True)
class Stage:
    """How far a stage is; its first and its last figure came so many seconds after the start."""

    name: str
    done: int
    total: int
    begun_with: int
    begun_s: int
    last_s: int

    @property
    def whole(self) -> bool:
        """Tell whether nothing is left of it."""
        return self.done >= self.total

    def rate(self, now_s: float) -> float:
        """Return how much is done in a second, up to now: a long step is slower than the last one that ended."""
        done, seconds = self.done - self.begun_with, max(self.last_s, now_s) - self.begun_s
        return done / seconds if seconds > 0 else 0.0

    def seconds_left(self, now_s: float) -> float | None:
        """Return how long the rest will take at this rate; nobody knows before the first part is done."""
        rate = self.rate(now_s)
        return (self.total - self.done) / rate if rate else None


@dataclass(frozen=True)
class Log:
    """The stages in their order, the last other lines, and the mistake that ended the training, if one did."""

    stages: Sequence[Stage] = ()
    lines: Sequence[str] = ()
    mistake: str = ""


def read(text: str) -> Log:
    """Read a log; a line that is not whole yet is passed over."""
    stages: dict[str, Stage] = {}
    others: list[str] = []
    for line in text.splitlines(keepends=True):
        if not line.endswith("\n"):
            continue
        if found := _PROGRESS.fullmatch(line.rstrip("\n")):
            stages[found[1]] = _stage(stages.get(found[1]), found)
        elif line.strip():
            others.append(line.rstrip("\n"))
    return Log(list(stages.values()), others[-_LAST_LINES:], _mistake(others))


def _mistake(lines: Sequence[str]) -> str:
    """Return what went wrong: the line that says so, or the last one of a traceback."""
    if _TRACEBACK in lines:
        return lines[-1]
    said = [line for line in lines if line.startswith(_MISTAKE)]
    return said[-1].removeprefix(_MISTAKE) if said and not said[-1].startswith(_STOPPED) else ""


def _stage(former: Stage | None, found: re.Match[str]) -> Stage:
    done, total, at = (int(found[group].replace(",", "")) for group in (2, 3, 4))
    if former is None:
        return Stage(found[1], done, total, done, at, at)
    return Stage(found[1], done, total, former.begun_with, former.begun_s, at)
