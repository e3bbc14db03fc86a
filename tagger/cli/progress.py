"""Show the progress of long commands on standard error: bars in a terminal, a line every few seconds elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator

from index.progress import Progress

_EVERY_S = 5.0


@contextlib.contextmanager
def show_progress() -> Iterator[Progress]:
    """Yield a callback that shows progress."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from tagger.api.progress import rich_bars

    with rich_bars() as bars:
        yield bars


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
