"""Fixtures shared by several test modules."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.catalogue.catalogue import Catalogue
from index.catalogue.database import Database
from index.encoders import sentence_encoder as encoder
from index.encoders import weights
from index.product import Product

ROOT = Path(__file__).parents[2]

Make = Callable[..., Product]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """An empty catalogue."""
    empty = Catalogue(Database(tmp_path / "catalogue.duckdb"))
    empty.create()
    return empty


@pytest.fixture
def make() -> Make:
    """Make a product from an id and keyword arguments."""

    def product(
        id: str, title: str = "mug", description: str = "", lang: str = "en", tags: tuple[str, ...] = ()
    ) -> Product:
        return Product(id, title, description, lang, tags)

    return product


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a Python process that runs the given code. It is killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str, *arguments: object) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", code, *map(str, arguments)]
        process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        return process

    yield run
    for process in started:
        with process:
            process.kill()


@pytest.fixture(scope="session")
def weights_settings(weights_cache: Path) -> weights.WeightsSettings:
    """Weight settings with the session's shared cache, without the hub."""
    return weights.WeightsSettings(weights_cache)


@pytest.fixture(scope="session")
def e5(e5: encoder.SentenceEncoder) -> encoder.SentenceEncoder:
    """The packaged multilingual-e5-small, loaded."""
    assert e5.dim == 384
    return e5


@pytest.fixture(scope="session")
def minilm(weights_settings: weights.WeightsSettings) -> encoder.SentenceEncoder:
    """The packaged MiniLM, loaded."""
    created = encoder.create(weights_settings, model=weights.MINILM)
    assert created.dim == 384
    return created
