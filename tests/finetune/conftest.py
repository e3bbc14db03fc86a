"""A small shop and a small base model trained on it with the real training code."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from finetune.pretraining.pretrain import pretrain
from finetune.seq2seq.base_model import Base, load_base
from finetune.seq2seq.dataset import Split, read_labelled, split_of
from finetune.seq2seq.settings import PretrainSettings
from index.encoders.sentence_encoder import SentenceEncoder
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.encoders.weights import E5, Weights, WeightsSettings, find
from index.neighbours import Neighbours
from index.product import Product
from index.progress import silent
from index.vectors.flat_index import FlatIndex
from tagger.demo.paths import PRODUCTS, VECTORS, VOCABULARY
from tagger.generation.prompt import NEIGHBOURS
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
    """Use one thread: such small models are slower on many threads, and far slower on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def products() -> list[Product]:
    """Every fortieth product of the demo: 63 products in both languages."""
    return read_labelled(PRODUCTS)[::40]


@pytest.fixture(scope="session")
def weights(weights_cache: Path) -> WeightsSettings:
    """Weight settings that use the shared cache."""
    return WeightsSettings(weights_cache)


@pytest.fixture(scope="session")
def encoder_folder(weights: WeightsSettings) -> Path:
    """The folder of the sentence encoder that provides a base's initial token vectors."""
    return find(E5, weights).folder


@pytest.fixture
def neighbours(e5: SentenceEncoder, tmp_path: Path) -> Neighbours:
    """Neighbours among the demo's products, using the shipped vectors."""
    return found_by(e5, tmp_path / "vectors")


def found_by(encoder: SentenceEncoder, folder: Path) -> Neighbours:
    shutil.copytree(VECTORS, folder)
    return Neighbours(CachedEncoder(encoder, VectorCache(folder)), FlatIndex, NEIGHBOURS)


@pytest.fixture(scope="session")
def split(products: list[Product], e5: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> Split:
    """The small shop split into training and validation, each product with its neighbours."""
    return split_of(products, read_tsv(VOCABULARY), found_by(e5, tmp_path_factory.mktemp("split") / "vectors"))


@pytest.fixture(scope="session")
def base(split: Split, encoder_folder: Path, once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """The folder of the small base. Read-only."""

    def make(folder: Path) -> None:
        sources = {"demo": split}
        pretrain(sources, read_tsv(VOCABULARY), TINY, folder / "t5", folder / "work", silent, encoder_folder)

    return once("base", make) / "t5"


@pytest.fixture
def small(base: Path) -> Base:
    """A fresh copy of the small base."""
    return load_base(Weights("small", base, "folder"), "cpu")
