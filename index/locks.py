"""File locks between processes, released when their holders exit, however they exit."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import portalocker

_POLL_S = 0.05


@contextlib.contextmanager
def exclusive(path: Path, wait_s: float = 0.0) -> Iterator[int | None]:
    """Hold a file's lock, creating the file if absent; yield None if the lock is still taken after `wait_s` seconds.

    Yields an open file descriptor. A child process that inherits it holds the lock too, until both have closed it; this
    is why the descriptor is managed here and portalocker only sets the lock. Raises `OSError` if the file cannot be
    opened or locked.
    """
    until = time.monotonic() + wait_s
    while (descriptor := _try_lock(path)) is None and time.monotonic() < until:
        time.sleep(_POLL_S)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Tell whether a process holds a file's lock; an absent file is not locked."""
    if not path.exists():
        return False
    with exclusive(path) as lock:
        return lock is None


def _try_lock(path: Path) -> int | None:
    with contextlib.ExitStack() as undo:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        undo.callback(os.close, descriptor)
        try:
            portalocker.lock(descriptor, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except portalocker.AlreadyLocked:
            return None
        except portalocker.LockException as error:
            raise OSError(str(error)) from error
        if os.fstat(descriptor).st_nlink:
            undo.pop_all()
            return descriptor
    # The previous holder deleted the file after it was opened here, so others would lock a new one.
    return _try_lock(path)
