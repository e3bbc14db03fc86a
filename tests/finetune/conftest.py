"""A small shop and a small base of it, made by the real training, for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from finetune.base import Base, load_base
from finetune.data import Split, read_labelled, split_of
from finetune.pretrain import pretrain
from finetune.settings import PretrainSettings
from index.product import Product
from index.progress import silent
from index.weights import Weights
from tagger.demo.files import PRODUCTS, VOCABULARY
from tagger.vocabulary import read_tsv

# Long enough to run every line, too short to learn anything.
TINY = PretrainSettings(
    epochs=2,
    batch_size=8,
    max_input_tokens=48,
    max_target_tokens=16,
    validation_products=4,
    pieces=900,
    width=16,
    feed_forward=32,
    heads=2,
    encoder_layers=1,
    decoder_layers=1,
)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Models this small are slower on many threads, and far slower where the cores are busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def products() -> list[Product]:
    """Every fortieth product of the demo: 63, in both languages."""
    return read_labelled(PRODUCTS)[::40]


@pytest.fixture(scope="session")
def split(products: list[Product]) -> Split:
    """The small shop, divided."""
    return split_of(products, read_tsv(VOCABULARY))


@pytest.fixture(scope="session")
def base(split: Split, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small base; not to be written to."""
    folder = tmp_path_factory.mktemp("base")
    pretrain(split, TINY, folder / "t5", folder / "work", silent)
    return folder / "t5"


@pytest.fixture
def small(base: Path) -> Base:
    """The small base, loaded anew."""
    return load_base(Weights("small", base, "folder"), "cpu")
