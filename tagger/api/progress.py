"""Show the progress of long calls with bars of tqdm or rich."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from index.errors import BadSetting
from index.progress import Progress, silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichBars
    from rich.progress import TaskID
    from tqdm import tqdm

Shown: TypeAlias = Progress | Literal["tqdm", "rich"] | None


@contextlib.contextmanager
def progress_of(wanted: Shown) -> Iterator[Progress]:
    """Yield the progress callback: the caller's own function, bars by name, or a silent one."""
    if isinstance(wanted, str):
        if wanted not in _BARS:
            raise BadSetting("api.progress", value=repr(wanted), available=", ".join(_BARS))
        with _BARS[wanted]() as bars:
            yield bars
    else:
        yield wanted or silent


@contextlib.contextmanager
def rich_bars() -> Iterator[Progress]:
    """Yield a callback that shows a rich bar for each stage, on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as RichBars

    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with RichBars(*columns, console=Console(stderr=True)) as bars:
        yield _RichStages(bars)


class _RichStages:
    def __init__(self, bars: "RichBars") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)


@contextlib.contextmanager
def tqdm_bars() -> Iterator[Progress]:
    """Yield a callback that shows a tqdm bar for each stage: on standard error, or as a widget in a notebook."""
    stages = _TqdmStages()
    try:
        yield stages
    finally:
        stages.close()


class _TqdmStages:
    def __init__(self) -> None:
        self._bars: dict[str, tqdm[None]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        from tqdm.auto import tqdm

        if stage not in self._bars:
            self._bars[stage] = tqdm(total=total, desc=stage)
        bar = self._bars[stage]
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            bar.refresh()

    def close(self) -> None:
        for bar in self._bars.values():
            bar.close()


_BARS = {"tqdm": tqdm_bars, "rich": rich_bars}
