"""Products of a separable problem, and a maker of taggers that use no vectors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from index.encoders.weights import WeightsSettings
from index.product import Product
from index.vectors.flat_index import FlatIndex
from tagger.plugins import TAGGERS, Resources
from tagger.vocabulary import Vocabulary

# Each tag has its own word in one of the languages, and every product has two tags.
WORDS = {"mug": "ceramic", "lamp": "bright", "fridge": "制冷", "red": "scarlet", "blue": "蔚蓝"}
KINDS, COLOURS = ("mug", "lamp", "fridge"), ("red", "blue")


class NoEncoder:
    name, dim = "none", 2

    def encode(self, texts: Any) -> Any:
        raise AssertionError("these taggers use no vectors")


@pytest.fixture(scope="package")
def toy() -> list[Product]:
    return [
        Product(f"{kind}/{colour}/{n}", f"{WORDS[kind]} no{n}", WORDS[colour], tags=(kind, colour))
        for kind in KINDS
        for colour in COLOURS
        for n in range(4)
    ]


@pytest.fixture(scope="package")
def asked() -> list[Product]:
    """Products that no network has seen; the id has the tags."""
    return [Product(f"{kind} {colour}", f"{WORDS[kind]} {WORDS[colour]}") for kind in KINDS for colour in COLOURS]


@pytest.fixture(scope="package")
def make() -> Iterator[Callable[..., Any]]:
    import torch

    threads = torch.get_num_threads()
    # The networks are so small that a second thread only costs time.
    torch.set_num_threads(1)
    resources = Resources(NoEncoder(), FlatIndex, Vocabulary(), WeightsSettings())

    def made(name: str, **options: Any) -> Any:
        return TAGGERS.create(name, [resources], options)

    yield made
    torch.set_num_threads(threads)
