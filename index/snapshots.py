"""Keep a copy of a store in another folder, such as a mounted bucket, and restore the store from it.

The copy of a store folder NAME is a single file NAME.tar. A new copy replaces the last one by a rename, which is atomic
on network file systems too.
"""

import contextlib
import logging
import shutil
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from index.atomic import PART, new_folder, replace_file
from index.errors import StaleArtifact, StoreLocked, TagweaveError
from index.store import CATALOGUE, Manifest, Store

log = logging.getLogger(__name__)


# The catalogue's stamp and the manifest of the models published for it.
_State: TypeAlias = tuple[tuple[int, ...], Manifest]


def take(store: Store, snapshots: Path) -> _State:
    """Copy a store's state at one moment and return that state; the last copy stays until the new one is complete.

    Writers wait only while the catalogue file is copied. Raises `StoreLocked` if models are published meanwhile.
    """
    copy = _copy_of(store.folder, snapshots)
    snapshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".snapshot-", dir=store.folder.parent) as folder:
        before = store.manifest()
        stamp = store.catalogue.copy_to(Path(folder) / CATALOGUE)
        made = _pack(store, Path(folder))
        if store.manifest() != before:
            raise StoreLocked("snapshot.changed", folder=store.folder)
        # A mounted bucket may accept sequential writes only, so the archive is built elsewhere.
        with replace_file(copy) as building:
            shutil.copyfile(made, building)
    return stamp, before


def restore(folder: Path, snapshots: Path) -> bool:
    """Restore a store whose folder is missing, all or nothing; return whether it was restored.

    Raises `StaleArtifact` if the copy cannot be read: only a person may decide to start over.
    """
    copy = _copy_of(folder, snapshots)
    if folder.exists() or not copy.is_file():
        return False
    try:
        with tarfile.open(copy) as packed, new_folder(folder) as building:
            packed.extractall(building, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise StaleArtifact("snapshot.damaged", path=copy, reason=error) from error
    log.info("%s is back as it was in %s", folder, copy)
    return True


@contextlib.contextmanager
def keep_snapshots(store: Store, snapshots: Path, *, every_s: float = 300.0) -> Iterator[None]:
    """Take a snapshot after each change, at most one every `every_s` seconds, and one at the end."""
    ended = threading.Event()
    thread = threading.Thread(target=_keep, args=(store, snapshots, every_s, ended), name="snapshots", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _keep(store: Store, snapshots: Path, every_s: float, ended: threading.Event) -> None:
    taken: _State | None = None
    going_on = True
    while going_on:
        going_on = not ended.wait(every_s)
        try:
            # A stamp read here may belong to a half-finished write. `take` waits for writers, so compare with the state
            # that it returned.
            if (store.catalogue.stamp(), store.manifest()) != taken:
                taken = take(store, snapshots)
        except (TagweaveError, OSError) as error:
            log.warning("no snapshot of %s in %s: %s", store.folder, snapshots, error)


def _copy_of(folder: Path, snapshots: Path) -> Path:
    return snapshots / f"{folder.name}.tar"


def _pack(store: Store, folder: Path) -> Path:
    packed = folder / "store.tar"
    with tarfile.open(packed, "w") as tar:
        for path in folder.glob(f"{CATALOGUE}*"):
            tar.add(path, path.name)
        for path in _others(store):
            tar.add(path, str(path.relative_to(store.folder)))
    return packed


def _others(store: Store) -> Iterator[Path]:
    """Yield a store's files other than the catalogue, without the lock, temporary files, uploads and trainings."""
    current = {publication.folder for publication in store.manifest().publications.values()}
    folders = [store.vectors, *(store.folder / "models" / name for name in sorted(current))]
    for path in (*store.folder.glob("*"), *(path for folder in folders for path in sorted(folder.rglob("*")))):
        ours = path.name != "writer.lock" and not path.name.startswith("catalogue.") and path.suffix != PART
        if ours and path.is_file():
            yield path
