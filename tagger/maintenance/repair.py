"""Repair a store: what is made from the catalogue is made again, and what has a copy is restored from it."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import StaleArtifact
from index.integrity.sealed_json import copy_of, read_sealed, restore_sealed, write_sealed
from index.progress import Progress
from index.store import ADAPTER, CATALOGUE, MANIFEST, Store, only_writer
from tagger.fit import fit
from tagger.maintenance.inspection import SEALED, Damage, adapter_copy, inspect
from tagger.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Repair:
    """What was found damaged, and what of it still is."""

    damaged: Sequence[Damage]
    left: Sequence[Damage]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        left = [each.path for each in self.left]
        found = [
            {"file": str(each.path), "remedy": each.remedy, "repaired": each.path not in left} for each in self.damaged
        ]
        return {"sound": not [each for each in self.left if each.remedy != "changed"], "damaged": found}


def repair(folder: Path, settings: Settings, progress: Progress, *, wait_s: float = 0.0) -> Repair:
    """Repair the damaged files of a store, and look again.

    What only a backup can bring back is left as it is and named. Raises `MissingArtifact` if there is no store,
    `StoreLocked` if another process writes it, `StaleArtifact` if the catalogue is damaged: all else is made from it.
    """
    reader = Store.open(folder, settings.catalogue)
    with only_writer(folder, wait_s):
        damaged = inspect(reader)
        if any(each.remedy == "none" and each.path.name == CATALOGUE for each in damaged):
            raise StaleArtifact("repair.catalogue", path=folder / CATALOGUE)
        for each in damaged:
            _restore(each, reader)
    if any(each.remedy not in ("none", "changed") for each in damaged):
        with Store.writer(folder, settings.catalogue, wait_s=wait_s) as store:
            _make_again(store, damaged, settings, progress)
    return Repair(damaged, inspect(Store.open(folder, settings.catalogue)) if damaged else [])


def _restore(damage: Damage, store: Store) -> None:
    """Repair what keeps the store from being opened for writing."""
    path = damage.path
    if damage.remedy == "set aside":
        log.warning("%s is damaged and now called %s", path, store.catalogue.set_log_aside().name)
    elif damage.remedy == "copy" and path.name in SEALED:
        restore_sealed(path)
    elif damage.remedy == "copy" and path.parent == store.folder:
        [original] = [each for name in SEALED if copy_of(each := store.folder / name) == path]
        write_sealed(original, read_sealed(original))
    elif path.name == MANIFEST:
        for each in (path, copy_of(path)):
            each.unlink(missing_ok=True)


def _make_again(store: Store, damaged: Sequence[Damage], settings: Settings, progress: Progress) -> None:
    remedies = {each.remedy for each in damaged}
    if "rewrite" in remedies:
        store.catalogue.rewrite()
    for each in damaged:
        if each.remedy == "compute":
            each.path.unlink(missing_ok=True)
        elif each.remedy == "copy" and each.path.parent != store.folder:
            shutil.copyfile(adapter_copy(store, each.path), each.path)
    if "withdraw" in remedies:
        log.warning("the adapter is damaged and was withdrawn; run: tagweave finetune %s", store.folder)
        store.withdraw(ADAPTER)
    if "fit" in remedies:
        fit(store, settings, progress)
