"""The demo's store: created on first use, in seconds, from packaged files."""

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from index.atomic import replace_file
from index.encoders.vector_cache import folder_of
from index.progress import Progress
from index.snapshots import restore
from index.store import Store
from tagger.demo.paths import FOLDER, FUSION, MADE_WITH, PRODUCTS, VECTORS, VOCABULARY
from tagger.fit import fit
from tagger.fusion.features import columns
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.ingest import ingest
from tagger.load import encoder_of
from tagger.settings import Settings, as_dict, read
from tagger.vocabulary import read_tsv

SETTINGS = FOLDER / "settings.toml"
_READY = "ready"


def settings_of_demo(*files: Path) -> Settings:
    """Read the defaults, then apply the demo's own settings and these files, in this order."""
    return read(SETTINGS, *files)


def ready(settings: Settings, progress: Progress, snapshots: Path | None = None) -> Path:
    """Return the demo's folder; if it does not exist, restore it from a snapshot or create it.

    Its name contains a hash of the code and data that it is made from, so that another version creates another.
    """
    folder = settings.weights.folder / f"demo-{_version(settings)}"
    if snapshots:
        restore(folder, snapshots)
    if not (folder / _READY).is_file():
        _make(folder, settings, progress)
    return folder


def _make(folder: Path, settings: Settings, progress: Progress) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SETTINGS, folder / "settings.toml")
    with Store.writer(folder, settings.catalogue, create=True) as store, ThreadPoolExecutor(1) as aside:
        if (folder / _READY).is_file():
            return
        # The first time on a machine, the encoder's weights are unpacked and its engine is checked. That takes as long
        # as the ingest and most of the fit.
        unpacked = aside.submit(encoder_of, store, settings)
        _ingest(store, progress)
        unpacked.result()
        _take_vectors(store, settings)
        checked = aside.submit(lambda: encoder_of(store, settings).encode([folder.name]))
        fit(store, settings, progress, fusion=FUSION if _same(fusion_inputs(store, settings)) else None)
        checked.result()
        (folder / _READY).touch()


def fill(store: Store, settings: Settings, progress: Progress) -> None:
    """Fill a store with the packaged products, vocabulary and vectors."""
    _ingest(store, progress)
    _take_vectors(store, settings)


def _ingest(store: Store, progress: Progress) -> None:
    ingest(store, [PRODUCTS], progress, vocabulary=read_tsv(VOCABULARY))


def fusion_inputs(store: Store, settings: Settings) -> dict[str, Any]:
    """Describe everything that the fusion was trained from: products, models, settings and features."""
    plain = as_dict(settings)
    taggers = [each.name for each in settings.tagger_settings(adapter=False)]
    return {
        "products": store.catalogue.fingerprint(),
        "encoder weights": encoder_of(store, settings).name,
        "base weights": find_base(T5_PRODUCTS, settings.weights).fingerprint(),
        "features": columns(taggers),
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
        with replace_file(store.vectors / cache / "shipped.safetensors") as building:
            shutil.copyfile(shipped, building)


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
