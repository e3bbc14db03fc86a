"""Keep what compiled libraries print away from our own output."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_lock = threading.Lock()


@contextlib.contextmanager
def drop_native_output() -> Iterator[None]:
    """Send file descriptors 1 and 2 nowhere for a while: Omikuji writes its progress there and has no switch."""
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
