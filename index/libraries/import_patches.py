"""Replace functions of a library's module when it is imported, before anything calls them."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

Replacements = Mapping[str, Callable[..., Any]]


class _PatchingLoader(SourceFileLoader):
    """Loads a module and replaces some of its functions."""

    def __init__(self, name: str, path: str, replacements: Replacements) -> None:
        super().__init__(name, path)
        self._replacements = replacements

    def exec_module(self, module: ModuleType) -> None:
        """Run the module. Ignore functions that this version of the library lacks."""
        super().exec_module(module)
        for name, function in self._replacements.items():
            if hasattr(module, name):
                setattr(module, name, function)


class _PatchingFinder(MetaPathFinder):
    """Finds one module, and leaves all others to the next finder."""

    def __init__(self, module: str, replacements: Replacements) -> None:
        self._module = module
        self._replacements = replacements

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's own spec with a loader that patches it."""
        if fullname != self._module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _PatchingLoader(fullname, spec.loader.path, self._replacements)
        return spec


def patch_on_import(module: str, replacements: Replacements) -> None:
    """Replace functions of a module when it is imported; one that is already imported stays as it is."""
    if module not in sys.modules:
        sys.meta_path.insert(0, _PatchingFinder(module, replacements))
