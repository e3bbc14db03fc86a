"""The demo's store: made on first use, in seconds, from the files that ship."""

import hashlib
import os
import shutil
from pathlib import Path

from index.progress import Progress
from index.store import Store
from index.vector_cache import folder_of
from tagger.demo.build import FOLDER, PRODUCTS, VECTORS, VOCABULARY
from tagger.fitting import fit
from tagger.ingesting import ingest
from tagger.opening import encoder_of
from tagger.settings import Settings, read
from tagger.vocabulary import read_tsv

SETTINGS = FOLDER / "settings.toml"
_READY = "ready"


def settings_of_demo(*files: Path) -> Settings:
    """Read the defaults, the demo's own settings over them, and these files over both."""
    return read(SETTINGS, *files)


def ready(settings: Settings, progress: Progress) -> Path:
    """Return the demo's folder, made first where it is not there.

    Its name holds a hash of the code and data it was made by: another version makes another.
    """
    folder = settings.weights_settings().cache / f"demo-{_version(settings)}"
    if not (folder / _READY).is_file():
        _make(folder, settings, progress)
    return folder


def _make(folder: Path, settings: Settings, progress: Progress) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SETTINGS, folder / "settings.toml")
    with Store.writer(folder, settings.catalogue_settings(), create=True) as store:
        if (folder / _READY).is_file():
            return
        ingest(store, [PRODUCTS], progress, vocabulary=read_tsv(VOCABULARY))
        _take_vectors(store, settings)
        fit(store, settings, progress)
        (folder / _READY).touch()


def _take_vectors(store: Store, settings: Settings) -> None:
    """Take over the vectors that ship; of another encoder there are none, and `fit` makes them."""
    cache = folder_of(encoder_of(store, settings))
    shipped = VECTORS / f"{cache}.safetensors"
    if shipped.is_file():
        (store.vectors / cache).mkdir(parents=True, exist_ok=True)
        building = store.vectors / cache / "shipped.part"
        shutil.copyfile(shipped, building)
        os.replace(building, building.with_suffix(".safetensors"))


def _version(settings: Settings) -> str:
    root = FOLDER.parent.parent
    kinds = (".py", ".toml", ".tsv", ".gz", ".safetensors")
    parts = [path for name in ("index", "tagger") for path in (root / name).rglob("*") if path.suffix in kinds]
    digest = hashlib.blake2b(repr(settings).encode(), digest_size=6)
    for path in sorted(parts):
        digest.update(f"{path.relative_to(root)} {path.stat().st_size}".encode())
        if path.suffix != ".safetensors":
            digest.update(path.read_bytes())
    return digest.hexdigest()
