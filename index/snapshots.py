"""Keep a copy of a store in another folder, such as a mounted bucket, and restore the store from it.

The copy of a store folder NAME is a single file NAME.tar, which begins with the digests of the files in it. A new copy
replaces the last one by a rename, which is atomic on network file systems too.
"""

import contextlib
import hashlib
import io
import json
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
_DIGESTS = "digests.json"
_UNREADABLE = (tarfile.TarError, OSError, EOFError, ValueError)


def take(store: Store, snapshots: Path) -> _State:
    """Copy a store's state at one moment into a folder and return that state, as `back_up` does."""
    return back_up(store, _copy_of(store.folder, snapshots))


def back_up(store: Store, file: Path) -> _State:
    """Copy a store's state at one moment and return that state; the last copy stays until the new one is complete.

    Writers wait only while the catalogue file is copied. Raises `StoreLocked` if models or other files are published
    meanwhile.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".snapshot-", dir=store.folder.parent) as folder:
        before = store.manifest()
        stamp = store.catalogue.copy_to(Path(folder) / CATALOGUE)
        made = _pack(store, Path(folder))
        if store.manifest() != before:
            raise StoreLocked("snapshot.changed", folder=store.folder)
        # A mounted bucket may accept sequential writes only, so the archive is built elsewhere.
        with replace_file(file) as building:
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
        _unpack(copy, folder)
    except _UNREADABLE as error:
        raise StaleArtifact("snapshot.damaged", path=copy, reason=error) from error
    log.info("%s is back as it was in %s", folder, copy)
    return True


def restore_backup(file: Path, folder: Path) -> None:
    """Make a store's folder from one file, all or nothing. Raises `StaleArtifact` if the file is damaged."""
    try:
        _unpack(file, folder)
    except _UNREADABLE as error:
        raise StaleArtifact("backup.damaged", path=file, reason=error) from error


def _unpack(file: Path, folder: Path) -> None:
    with tarfile.open(file) as packed, new_folder(folder) as building:
        packed.extractall(building, filter="data")
        _compare(building)


def _compare(folder: Path) -> None:
    """Compare unpacked files with their digests. Raises `ValueError` if any is missing, changed, or too many."""
    path = folder / _DIGESTS
    # Copies of former versions have no digests.
    if path.is_file():
        written: dict[str, str] = json.loads(path.read_text("utf-8"))
        path.unlink()
        found = {str(each.relative_to(folder)): _digest(each) for each in folder.rglob("*") if each.is_file()}
        if wrong := sorted({name for name, _ in written.items() ^ found.items()}):
            raise ValueError(wrong[0])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    files = {path.name: path for path in folder.glob(f"{CATALOGUE}*")}
    files |= {str(path.relative_to(store.folder)): path for path in _others(store)}
    digests = {name: _digest(path) for name, path in files.items()}
    with tarfile.open(packed, "w") as tar:
        content = json.dumps(digests, ensure_ascii=False, indent=1).encode()
        first = tarfile.TarInfo(_DIGESTS)
        first.size = len(content)
        tar.addfile(first, io.BytesIO(content))
        for name, path in files.items():
            tar.add(path, name)
    return packed


def _others(store: Store) -> Iterator[Path]:
    """Yield a store's files other than the catalogue, without the lock, temporary files, uploads and trainings."""
    current = {publication.folder for publication in store.manifest().publications.values()}
    folders = [store.vectors, *(store.folder / "models" / name for name in sorted(current))]
    for path in (*store.folder.glob("*"), *(path for folder in folders for path in sorted(folder.rglob("*")))):
        ours = path.name != "writer.lock" and not path.name.startswith("catalogue.") and path.suffix != PART
        if ours and path.is_file():
            yield path
