"""Suppress what compiled libraries print to standard output and error."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_lock = threading.Lock()


@contextlib.contextmanager
def drop_native_output() -> Iterator[None]:
    """Redirect file descriptors 1 and 2 to /dev/null; Omikuji prints its progress there and has no option against it.

    The redirection affects the whole process while the context is active.
    """
    with _lock:
        sys.stdout.flush()
        sys.stderr.flush()
        kept = [os.dup(1), os.dup(2)]
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            for descriptor in (*kept, nowhere):
                os.close(descriptor)
