"""Find the damaged files of a store, and tell how each can be repaired."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from index.catalogue.database import log_of
from index.catalogue.maintenance.rewriting import DERIVED
from index.errors import StaleArtifact
from index.integrity.digest_names import is_whole
from index.integrity.sealed_json import copy_of, read_sealed
from index.store import ADAPTER, CATALOGUE, FITTED, MANIFEST, Store
from tagger.load import ADAPTER_COPY, own_settings_digest
from tagger.rules.stored import FILE as RULES
from tagger.rules.stored import OWN_SETTINGS

# How a file is repaired. "none": only a backup helps; "changed": a person may have meant it.
Remedy = Literal["copy", "set aside", "rewrite", "compute", "fit", "withdraw", "none", "changed"]
SEALED: Final = (MANIFEST, RULES)


@dataclass(frozen=True)
class Damage:
    """A damaged file, and its remedy."""

    path: Path
    remedy: Remedy


def inspect(store: Store) -> list[Damage]:
    """Read every file of a store that has a checksum, and the whole catalogue; return what is damaged.

    Raises `OSError` if a file cannot be read.
    """
    return [
        *_sealed(store.folder),
        *_catalogue(store),
        *_publications(store),
        *(Damage(path, "compute") for path in sorted(store.vectors.rglob("*.safetensors")) if not is_whole(path)),
        *(Damage(path, "none") for path in sorted((store.folder / "rejects").glob("*")) if not is_whole(path)),
    ]


def _sealed(folder: Path) -> Iterator[Damage]:
    for path in (folder / name for name in SEALED):
        if not path.is_file():
            continue
        if _is_sound(path):
            if copy_of(path).is_file() and not _is_sound(copy_of(path)):
                yield Damage(copy_of(path), "copy")
        elif copy_of(path).is_file() and _is_sound(copy_of(path)):
            yield Damage(path, "copy")
        else:
            yield Damage(path, "fit" if path.name == MANIFEST else "none")


def _is_sound(path: Path) -> bool:
    try:
        read_sealed(path)
    except StaleArtifact:
        return False
    return True


def _catalogue(store: Store) -> Iterator[Damage]:
    found, path = store.catalogue.soundness(), store.folder / CATALOGUE
    if not found.file or not set(found.tables) <= set(DERIVED):
        yield Damage(path, "none")
    elif found.tables:
        yield Damage(path, "rewrite")
    if not found.log:
        yield Damage(log_of(path), "set aside")


def _publications(store: Store) -> Iterator[Damage]:
    try:
        publications = store.manifest().publications
    except StaleArtifact:
        return
    damaged = {kind: list(store.damaged_files(each)) for kind, each in publications.items()}
    fitted, adapter = publications.get(FITTED), publications.get(ADAPTER)
    for path in damaged.get(FITTED, ()):
        yield Damage(path, "fit")
    for path in damaged.get(ADAPTER, ()):
        copied = fitted and adapter and fitted.about["adapter"] == adapter.folder
        sound = copied and adapter_copy(store, path) not in damaged[FITTED]
        yield Damage(path, "copy" if sound else "withdraw")
    if fitted and fitted.about.get(OWN_SETTINGS, own_settings_digest(store)) != own_settings_digest(store):
        yield Damage(store.folder / OWN_SETTINGS, "changed")


def adapter_copy(store: Store, path: Path) -> Path:
    """Return the copy of an adapter's file that the fitted models keep."""
    publications, models = store.manifest().publications, store.folder / "models"
    name = path.relative_to(models / publications[ADAPTER].folder)
    return models / publications[FITTED].folder / ADAPTER_COPY / name
