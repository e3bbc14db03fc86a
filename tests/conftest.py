"""Fixtures shared by the tests of several packages."""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from index.encoders.sentence_encoder import SentenceEncoder, create
from index.encoders.weights import E5, WeightsSettings
from index.libraries import zero_gpu
from index.locks import exclusive

# On a busy machine any example may be slow; tests that must be fast check the time themselves.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

if "PYTEST_XDIST_WORKER" in os.environ:
    # There is one worker per core, so libraries that use all cores would only slow one another down.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Takes a name and a function that fills a folder.
Once = Callable[[str, Callable[[Path], object]], Path]

# Seconds that a worker waits for a folder filled by another worker.
FILLED_S = 300
LENDING_HOST = Path(__file__).parent / "lending_host"


def pytest_collection_finish() -> None:
    """Let garbage collection pass over imported objects: they stay to the end, and are most of all objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Fill a folder once per run, for all workers, and return it. Treat it as read-only."""
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
    """The folder that packaged weights are unpacked to. Unpacking is atomic, so workers can share it."""
    return once("weights", lambda folder: None)


@pytest.fixture(scope="session")
def e5(weights_cache: Path) -> SentenceEncoder:
    """The packaged multilingual-e5-small in float32; reading its weights takes seconds."""
    return create(WeightsSettings(weights_cache), model=E5, arithmetic="float32")


@pytest.fixture(scope="session")
def default_encoder(weights_cache: Path) -> SentenceEncoder:
    """The default encoder in float32, like the demo's vectors."""
    return create(WeightsSettings(weights_cache), arithmetic="float32")


@pytest.fixture
def spaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A fake of the `spaces` package of hosts that lend a GPU. Its records are dropped after the test."""
    monkeypatch.syspath_prepend(LENDING_HOST)
    zero_gpu._report.cache_clear()
    import spaces

    yield spaces
    for name in [name for name in sys.modules if name.partition(".")[0] == "spaces"]:
        del sys.modules[name]
