"""Fixtures shared by several test modules."""

import gzip
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from index.encoders.sentence_encoder import SentenceEncoder
from index.encoders.vector_cache import CachedEncoder, VectorCache, folder_of
from index.encoders.weights import WeightsSettings
from index.files.product_reader import read_products
from index.product import Product
from index.progress import silent
from index.store import Store
from index.vectors.flat_index import FlatIndex
from tagger.demo.paths import PRODUCTS, VECTORS, VOCABULARY
from tagger.fit import Report, fit
from tagger.ingest import ingest
from tagger.load import encoder_of, open_pipeline
from tagger.pipeline import Pipeline
from tagger.plugins import ENCODERS, Resources
from tagger.settings import read
from tagger.vocabulary import Vocabulary, read_tsv
from tagger.vocabulary.product_tags import canonical

THIRD_PARTY = Path(__file__).parent / "third_party"
# The generator is slow and has its own tests.
NO_GENERATOR: dict[str, Any] = {"taggers": {"generator": {"enabled": False}}}
NO_MODEL: dict[str, Any] = {"encoder": {"plugin": "acme-pairs", "options": {}}, "index": {"plugin": "flat"}}
FEW_TREES: dict[str, Any] = {"fusion": {"folds": 2, "ranker": {"rounds": 40}}}
# The same as a store's own settings.
QUICK_TOML = """
[encoder]
plugin = "acme-pairs"
[index]
plugin = "flat"
[fusion]
folds = 2
"""

# `make soak` runs this many examples of what `make test` tries a hundred times.
settings.register_profile("soak", max_examples=10_000, deadline=None)

Made = tuple[Store, Report]


@dataclass(frozen=True)
class Shop:
    """A fitted store of 156 demo products, its fit report, and 78 products that were not used for fitting."""

    store: Store
    report: Report
    encoder: CachedEncoder
    pipeline: Pipeline
    unseen: list[Product]


@pytest.fixture(scope="session")
def demo_products() -> list[Product]:
    """All products of the demo, with their tags under the vocabulary's canonical names."""
    outcomes = [each.outcome for each in read_products([PRODUCTS])]
    products = [each for each in outcomes if isinstance(each, Product)]
    return canonical(products, read_tsv(VOCABULARY))


@pytest.fixture(scope="session")
def demo_encoder(default_encoder: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> CachedEncoder:
    """The sentence encoder with the shipped vectors of the demo's products."""
    folder = tmp_path_factory.mktemp("encoder")
    shutil.copytree(VECTORS, folder / "vectors")
    return CachedEncoder(default_encoder, VectorCache(folder / "vectors"))


@pytest.fixture(scope="session")
def shop(
    once: Callable[[str, Callable[[Path], object]], Path],
    demo_products: list[Product],
    default_encoder: SentenceEncoder,
) -> Shop:
    """The only real store of these tests, with vectors of the default encoder. Read-only."""
    folder = once("shop", _fit_shop)
    store = Store.open(folder / "store")
    report = Report(**json.loads((folder / "report.json").read_text("utf-8")))
    encoder = CachedEncoder(default_encoder, VectorCache(store.vectors / folder_of(default_encoder)))
    return Shop(store, report, encoder, open_pipeline(store, encoder), demo_products[8::32])


def _fit_shop(folder: Path) -> None:
    settings = read(overrides=NO_GENERATOR)
    lines = gzip.decompress(PRODUCTS.read_bytes()).decode().splitlines(keepends=True)
    (folder / "products.jsonl").write_text("".join(lines[::16]), "utf-8")
    with Store.writer(folder / "store", create=True) as store:
        ingest(store, [folder / "products.jsonl"], silent, vocabulary=read_tsv(VOCABULARY))
        shipped = f"{folder_of(encoder_of(store, settings))}.safetensors"
        (store.vectors / Path(shipped).stem).mkdir(parents=True)
        shutil.copyfile(VECTORS / shipped, store.vectors / Path(shipped).stem / shipped)
        report = fit(store, settings, silent)
    (folder / "report.json").write_text(json.dumps(asdict(report)), "utf-8")


@pytest.fixture(scope="session")
def encoder(shop: Shop) -> CachedEncoder:
    """The encoder that the shop was fitted with, loaded once."""
    return shop.encoder


@pytest.fixture
def store(shop: Shop, tmp_path: Path) -> Store:
    """A writable copy of the shop."""
    return Store.open(Path(shutil.copytree(shop.store.folder, tmp_path / "store")))


@pytest.fixture
def pipeline(store: Store, encoder: CachedEncoder) -> Pipeline:
    """The pipeline of the writable copy."""
    return open_pipeline(store, encoder)


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install third-party plugins as if with pip: acme-pairs, acme-oracle and acme-unfinished."""
    monkeypatch.syspath_prepend(THIRD_PARTY)


@pytest.fixture
def resources(third_party: None, tmp_path: Path) -> Resources:
    """Resources for taggers that need no model."""
    encoder = ENCODERS.create("acme-pairs", [WeightsSettings(tmp_path)], {})
    return Resources(encoder, FlatIndex, Vocabulary(), WeightsSettings(tmp_path))


@pytest.fixture
def fitted(third_party: None, tmp_path: Path) -> Callable[..., Made]:
    """Make and fit a small store from products and settings, without any model."""

    def make(products: Sequence[Product], vocabulary: Vocabulary | None = None, **overrides: Any) -> Made:
        settings = read(overrides=NO_GENERATOR | NO_MODEL | FEW_TREES | overrides)
        with Store.writer(tmp_path / "store", create=True) as store:
            if vocabulary:
                store.catalogue.set_labels(vocabulary.rows(), vocabulary.parent_rows())
            store.catalogue.upsert(products)
            return store, fit(store, settings, silent)

    return make


@pytest.fixture
def json_lines(tmp_path: Path) -> Callable[..., Path]:
    """Write records as a file of JSON lines."""

    def write(*records: dict[str, Any]) -> Path:
        path = tmp_path / "records.jsonl"
        path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
        return path

    return write
