"""Time several functions in alternation, so that a change of the machine's load affects all of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Any, TypeVar

T = TypeVar("T")

Medians = dict[str, float]


def seconds_of(run: Callable[[], Any]) -> float:
    """Return the wall time of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def alternate(runs: Mapping[str, Callable[[T], Any]], items: Sequence[T]) -> Medians:
    """Call every function once for each item, in turn. Return each function's median seconds.

    The order is reversed for every second item: what one function leaves in the processor's caches helps the next.
    """
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for number, item in enumerate(items):
        for name in list(runs)[:: -1 if number % 2 else 1]:
            spent[name].append(seconds_of(partial(runs[name], item)))
    return {name: median(each) for name, each in spent.items()}
