"""A GPU that the host lends for the time of a call, as Hugging Face's ZeroGPU does; on other hosts this does nothing.

Where it is lent, the process has none of its own, though torch says so: what needs it is run in a fork of the process.
"""

import functools
import importlib.util
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def is_lent() -> bool:
    """Tell whether this host lends its GPU; it brings the package `spaces` then."""
    if importlib.util.find_spec("spaces") is None:
        return False
    from spaces.config import Config

    return bool(Config.zero_gpu)


def borrowing(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that does the same with the host's GPU; what it uses has to be in its place already."""
    if not is_lent():
        return function
    import spaces

    borrows: Callable[P, R] = spaces.GPU(function)
    _report()
    return borrows


@functools.cache
def _report() -> None:
    """Tell the host that the GPU will be used: Gradio's `launch` would do so, but our server is started without it."""
    from spaces import zero

    zero.startup()
