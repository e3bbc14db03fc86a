"""Import this distribution's `index` package even if the program's folder has an `index.py`.

Python searches the program's folder first: an `index.py` there, such as a web site's, would be imported instead.
"""

import os
import sys
import warnings
from importlib.machinery import PathFinder
from types import ModuleType

_NAME = "index"


def import_own_index(root: str) -> None:
    """Make `import index` mean the package in the folder `root`.

    Raises `ImportError` if the program has already imported another module named `index`.
    """
    own = os.path.join(root, _NAME, "__init__.py")
    loaded = sys.modules.get(_NAME)
    found = _origin(loaded) if loaded else _find()
    if found is None or not os.path.isfile(own) or _same(found, own):
        return
    if loaded:
        raise ImportError(
            f"{found} has the name of a package of Tagweave, `index`, and was imported first; rename that file, "
            "or import tagger before it",
            name=_NAME,
            path=found,
        )
    _load(own)
    warnings.warn(
        f"{found} has the name of a package of Tagweave, which `import index` means here; rename that file to use it",
        RuntimeWarning,
        stacklevel=3,
    )


def _origin(module: ModuleType) -> str | None:
    return getattr(module, "__file__", None)


def _find() -> str | None:
    spec = PathFinder.find_spec(_NAME)
    return spec.origin if spec else None


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _load(path: str) -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(_NAME, path, submodule_search_locations=[os.path.dirname(path)])
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[_NAME] = module
    spec.loader.exec_module(module)
