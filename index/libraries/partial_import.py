"""Import a library without some of the optional libraries that it would import too.

LightGBM imports pandas, scikit-learn and more if they are installed, to offer classes in their style, which takes four
times as long as the rest of it.
"""

import importlib
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_LOCK = threading.Lock()
_COPIES: dict[tuple[str, ...], ModuleType] = {}


class _Hidden(MetaPathFinder):
    """Makes modules seem not installed, to one thread only: other threads may be importing them."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._thread = threading.get_ident()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse the hidden modules; leave all others to the next finder."""
        if fullname in self._names and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{fullname} is hidden here", name=fullname)
        return None


def import_without(name: str, *hidden: str) -> ModuleType:
    """Import a package as if the hidden ones were not installed; those already imported stay visible.

    The result is a copy of the package for us alone, since it lacks what others may want of it: their `import NAME`
    gives a whole one. The same holds for other modules of its distribution that it imports. If the package is already
    imported, it is returned as it is.
    """
    with _LOCK:
        if (name, *hidden) not in _COPIES:
            _COPIES[name, *hidden] = sys.modules.get(name) or _copy(name, hidden)
        return _COPIES[name, *hidden]


def _copy(name: str, hidden: Collection[str]) -> ModuleType:
    before = set(sys.modules)
    try:
        with hiding(*hidden):
            return importlib.import_module(name)
    finally:
        top = name.partition(".")[0]
        fresh = [each for each in sys.modules if each.partition(".")[0] == top and each not in before]
        modules = {each: sys.modules.pop(each) for each in fresh}
        for each, module in modules.items():
            # A package that stays must not keep it either; inside the copy, modules still know one another.
            parent, _, last = each.rpartition(".")
            if parent in before and getattr(sys.modules[parent], last, None) is module:
                delattr(sys.modules[parent], last)


@contextmanager
def hiding(*names: str) -> Iterator[None]:
    """Make packages seem not installed to imports of this thread inside the context."""
    finder = _Hidden(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
