"""Split work into batches."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from index.progress import Progress

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of `size`, each as soon as it is full; the last may be shorter."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def batched_by_weight(
    items: Iterable[T], size: int, weight: Callable[[T], int], most: int
) -> Generator[list[T], None, None]:
    """Yield the items in lists of at most `size`, each also ended by the item with which its weight reaches `most`."""
    batch: list[T] = []
    weighed = 0
    for item in items:
        batch.append(item)
        weighed += weight(item)
        if len(batch) == size or weighed >= most:
            yield batch
            batch, weighed = [], 0
    if batch:
        yield batch


def read_ahead(items: Generator[T, None, None]) -> Generator[T, None, None]:
    """Yield the items; a thread of its own makes each while the one before is used.

    An error of the generator is raised in its place. The generator starts and ends in the thread.
    """
    with ThreadPoolExecutor(1, "read-ahead") as thread:
        try:
            coming = thread.submit(_next, items)
            while found := coming.result():
                coming = thread.submit(_next, items)
                yield from found
        finally:
            thread.submit(items.close).result()


def _next(items: Generator[T, None, None]) -> list[T]:
    """Return the next item in a list, which is empty at the end."""
    return list(islice(items, 1))


def report_batches(items: Sequence[T], size: int, stage: str, progress: Progress) -> Iterator[list[T]]:
    """Yield the items in batches, and report progress before each batch and at the end."""
    done = 0
    for batch in batched(items, size):
        progress(stage, done, len(items))
        yield batch
        done += len(batch)
    progress(stage, done, len(items))
