"""Hugging Face ZeroGPU, where the host lends a GPU for the duration of a call; on other hosts this module does nothing.

On such a host the process itself has no GPU, although torch reports one: functions that need it run in a fork.
"""

import functools
import importlib.util
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def is_lent() -> bool:
    """Tell whether this host lends its GPU; if so, the package `spaces` is installed."""
    if importlib.util.find_spec("spaces") is None:
        return False
    from spaces.config import Config

    return bool(Config.zero_gpu)


def borrowing(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that does the same on the host's GPU; models that it uses must be loaded before the call."""
    if not is_lent():
        return function
    import spaces

    borrows: Callable[P, R] = spaces.GPU(function)
    _report()
    return borrows


@functools.cache
def _report() -> None:
    """Tell the host that the GPU will be used: Gradio's `launch` would do so, but our server starts without it."""
    from spaces import zero

    zero.startup()
