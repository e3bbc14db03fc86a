"""Fixtures that the tests of more than one package use."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from index import zero_gpu

# On a machine with much to do one example may take long for no fault of its own; what must be fast says so itself.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

LENDING_HOST = Path(__file__).parent / "lending_host"


@pytest.fixture
def spaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The package of a host that lends its GPU; what it wrote down is forgotten afterwards."""
    monkeypatch.syspath_prepend(LENDING_HOST)
    zero_gpu._report.cache_clear()
    import spaces

    yield spaces
    for name in [name for name in sys.modules if name.partition(".")[0] == "spaces"]:
        del sys.modules[name]
