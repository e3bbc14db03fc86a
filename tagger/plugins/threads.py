"""Threads for work that releases the interpreter's lock: one per core."""

import contextlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor


@contextlib.contextmanager
def one_thread_per_core() -> Iterator[ThreadPoolExecutor]:
    """Yield a pool of threads; on exit, tasks that have not begun are dropped, and running ones are waited for."""
    # Not `os.cpu_count`: a container may be confined to a few of the machine's cores.
    pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
