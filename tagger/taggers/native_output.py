"""Suppress what compiled libraries print to standard output and error."""

import contextlib
import io
import os
import sys
import threading
from collections.abc import Iterator

_lock = threading.Lock()


@contextlib.contextmanager
def drop_native_output() -> Iterator[None]:
    """Redirect file descriptors 1 and 2 to /dev/null; Omikuji prints its progress there and has no option against it.

    The redirection affects the whole process while the context is active. What Python's other threads print meanwhile
    is printed at the end.
    """
    with _lock, _python_output_kept():
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


@contextlib.contextmanager
def _python_output_kept() -> Iterator[None]:
    streams = sys.stdout, sys.stderr
    for stream in streams:
        stream.flush()
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield
    finally:
        for stream, printed in zip(streams, (out, err), strict=True):
            stream.write(printed.getvalue())
            stream.flush()
