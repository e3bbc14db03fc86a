"""Show where long work stands, on standard error: a bar in a terminal, a line now and then elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator

from index.progress import Progress

_EVERY_S = 5.0


@contextlib.contextmanager
def shown() -> Iterator[Progress]:
    """Yield what shows progress."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield _Bars(bars)


class _Bars:
    def __init__(self, bars: object) -> None:
        self._bars = bars
        self._tasks: dict[str, object] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        from rich.progress import Progress as Bars

        assert isinstance(self._bars, Bars)
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)  # type: ignore[arg-type]


class _Lines:
    def __init__(self) -> None:
        self._last = (0.0, "")
        self._start = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        at, shown_stage = self._last
        now = time.monotonic()
        if stage != shown_stage or done >= total or now - at > _EVERY_S:
            sys.stderr.write(f"{stage}: {done:,} of {total:,} ({now - self._start:.0f} s)\n")
            sys.stderr.flush()
            self._last = (now, stage)
