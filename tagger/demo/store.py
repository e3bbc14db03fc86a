"""The stores that come with the package: created on first use, in seconds, from packaged files.

`demo` is a shop with labelled products. `anything` has the packaged taxonomy as its vocabulary, and no product.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.atomic import replace_file
from index.encoders.vector_cache import folder_of
from index.errors import BadInput
from index.integrity.digest_names import digest_name
from index.messages import Message
from index.progress import Progress
from index.snapshots import restore
from index.store import Store
from index.text.normal_form import VERSION
from tagger.demo.paths import EXAMPLES, FOLDER, FUSION, MADE_WITH, PRODUCTS, VECTORS, VOCABULARY
from tagger.fit import fit
from tagger.fusion.features import columns
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.ingest import ingest, ingest_records
from tagger.load import encoder_of
from tagger.settings import Settings, as_dict, read
from tagger.vocabulary import read_tsv
from tagger.vocabulary.formats.packaged import read_packaged

DEMO, ANYTHING = "demo", "anything"
_READY = "ready"


@dataclass(frozen=True)
class _Packaged:
    """A store that comes with the package: its own settings, and what fills it.

    If it has products, their vectors and the fusion trained on them ship as well.
    """

    settings: Path
    ingest: Callable[[Store, Progress], object]
    has_products: bool


def settings_of_demo(*files: Path, name: str = DEMO, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the defaults, then apply a packaged store's own settings, these files and the overrides, in this order.

    Raises `BadInput` if no packaged store has this name.
    """
    return read(_packaged(name).settings, *files, overrides=overrides)


def ready(settings: Settings, progress: Progress, snapshots: Path | None = None, *, name: str = DEMO) -> Path:
    """Return the folder of a packaged store; if it does not exist, restore it from a snapshot or create it.

    Its name contains a hash of the code and data that it is made from, so that another version creates another.
    """
    folder = settings.weights.folder / f"{name}-{_version(settings)}"
    if snapshots:
        restore(folder, snapshots)
    if not (folder / _READY).is_file():
        _make(folder, _packaged(name), settings, progress)
    return folder


def _packaged(name: str) -> _Packaged:
    if name not in _STORES:
        raise BadInput("value.choices", what=Message("demo.store"), value=name, available=", ".join(_STORES))
    return _STORES[name]


def _make(folder: Path, packaged: _Packaged, settings: Settings, progress: Progress) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(packaged.settings, folder / "settings.toml")
    with Store.writer(folder, settings.catalogue, create=True) as store, ThreadPoolExecutor(1) as aside:
        if (folder / _READY).is_file():
            return
        shutil.copyfile(EXAMPLES, folder / EXAMPLES.name)
        # The first time on a machine, the encoder's weights are unpacked and its engine is checked. That takes as long
        # as the ingest and most of the fit.
        unpacked = aside.submit(encoder_of, store, settings)
        packaged.ingest(store, progress)
        unpacked.result()
        if packaged.has_products:
            _take_vectors(store, settings)
        checked = aside.submit(lambda: encoder_of(store, settings).encode([folder.name]))
        reuses = packaged.has_products and _same(fusion_inputs(store, settings))
        fit(store, settings, progress, fusion=FUSION if reuses else None)
        checked.result()
        (folder / _READY).touch()


def fill(store: Store, settings: Settings, progress: Progress) -> None:
    """Fill a store with the packaged products, vocabulary and vectors."""
    _ingest(store, progress)
    _take_vectors(store, settings)


def _ingest(store: Store, progress: Progress) -> None:
    ingest(store, [PRODUCTS], progress, vocabulary=read_tsv(VOCABULARY))


def _ingest_taxonomy(store: Store, progress: Progress) -> None:
    ingest_records(store, [], progress, vocabulary=read_packaged("shopify").vocabulary)


_STORES: Mapping[str, _Packaged] = {
    DEMO: _Packaged(FOLDER / "settings.toml", _ingest, has_products=True),
    ANYTHING: _Packaged(FOLDER / "anything.toml", _ingest_taxonomy, has_products=False),
}


def fusion_inputs(store: Store, settings: Settings) -> dict[str, Any]:
    """Describe everything that the fusion was trained from: products, models, settings and features."""
    plain = as_dict(settings)
    taggers = [each.name for each in settings.tagger_settings(adapter=False)]
    return {
        "products": store.catalogue.fingerprint(),
        "encoder weights": encoder_of(store, settings).name,
        "base weights": find_base(T5_PRODUCTS, settings.weights).fingerprint(),
        "features": columns(taggers),
        "normal form": VERSION,
        "taggers": {name: plain["taggers"][name] for name in taggers},
        **{section: plain[section] for section in ("encoder", "index", "fusion")},
    }


def _same(made: dict[str, Any]) -> bool:
    path = FUSION / MADE_WITH
    return path.is_file() and json.loads(path.read_text("utf-8")) == made


def _take_vectors(store: Store, settings: Settings) -> None:
    """Copy the packaged vectors; there are none for another encoder, and `fit` computes them."""
    cache = folder_of(encoder_of(store, settings))
    shipped = VECTORS / f"{cache}.safetensors"
    if shipped.is_file():
        (store.vectors / cache).mkdir(parents=True, exist_ok=True)
        content = shipped.read_bytes()
        with replace_file(store.vectors / cache / digest_name("shipped", ".safetensors", content)) as building:
            building.write_bytes(content)


def _version(settings: Settings) -> str:
    root = FOLDER.parent.parent
    kinds = (".py", ".toml", ".tsv", ".gz", ".json", ".txt", ".safetensors")
    parts = [path for name in ("index", "tagger") for path in (root / name).rglob("*") if path.suffix in kinds]
    digest = hashlib.blake2b(repr(settings).encode(), digest_size=6)
    for path in sorted(parts):
        digest.update(f"{path.relative_to(root)} {path.stat().st_size}".encode())
        if path.suffix != ".safetensors":
            digest.update(path.read_bytes())
    return digest.hexdigest()
