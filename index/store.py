"""A store: one folder that holds a catalogue and the models made from it.

catalogue.duckdb   source of truth: products, tags, labels, decisions
vectors/           cache of text vectors, one folder per encoder
cache/             what taggers keep from one fit to the next, such as answers and what was paid for them
models/            results of `fit`, `finetune` and `distill`, one folder per publication
manifest.json      current publications, with the checksum of every file; manifest.copy.json is its copy
settings.toml      settings of this store, if any
writer.lock        held by the one process that writes, and contains its process id
"""

import contextlib
import hashlib
import logging
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from index.atomic import PART, new_folder
from index.catalogue.catalogue import Catalogue
from index.catalogue.database import CatalogueSettings, Database
from index.catalogue.decision_log import DecisionLog
from index.errors import BadInput, MissingArtifact, StaleArtifact, StoreLocked
from index.integrity.sealed_json import read_sealed, write_sealed
from index.locks import exclusive
from index.messages import Message

log = logging.getLogger(__name__)

FORMAT = 1
# The kinds of publication: the results of `fit` and of `finetune`.
FITTED = "fitted"
ADAPTER = "adapter"
# Labels of products that a model gave, from `distill`.
TEACHER = "teacher"
CATALOGUE = "catalogue.duckdb"
MANIFEST = "manifest.json"
_ABANDONED_S = 3600


@dataclass(frozen=True)
class Publication:
    """One published folder under `models/`: its description, and the SHA-256 of each file."""

    folder: str
    about: Mapping[str, Any]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """The current publications by kind, such as "fitted" or "adapter"."""

    format: int = FORMAT
    publications: Mapping[str, Publication] = field(default_factory=dict)


class Store:
    """A store folder: its catalogue, decisions and published models."""

    def __init__(self, folder: Path, settings: CatalogueSettings | None = None) -> None:
        self.folder = folder
        database = Database(folder / CATALOGUE, settings)
        self.catalogue = Catalogue(database)
        self.decisions = DecisionLog(database)
        # The files of publications that were found whole, each with its checksum, size and time of change.
        self._whole: dict[Path, tuple[object, ...]] = {}

    @classmethod
    def open(cls, folder: Path, settings: CatalogueSettings | None = None) -> "Store":
        """Open an existing store; raises `MissingArtifact` if there is none."""
        store = cls(folder, settings)
        if not store.catalogue.exists:
            raise MissingArtifact("store.missing", folder=folder)
        return store

    @classmethod
    @contextlib.contextmanager
    def writer(
        cls, folder: Path, settings: CatalogueSettings | None = None, *, create: bool = False, wait_s: float = 0.0
    ) -> Iterator["Store"]:
        """Open a store as its only writer; with `create`, make it first if absent.

        Waits up to `wait_s` seconds for another writer and logs that it does. Raises `StoreLocked` if the other writer
        has not finished by then, `BadInput` if the folder holds something other than a store.
        """
        store = cls(folder, settings)
        if not store.catalogue.exists and not create:
            store = cls.open(folder, settings)
        _refuse_foreign(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with only_writer(folder, wait_s):
            if not store.catalogue.exists:
                store.catalogue.create()
            store.sweep()
            yield store

    @property
    def vectors(self) -> Path:
        """The folder of the vector caches, one subfolder per encoder."""
        return self.folder / "vectors"

    @property
    def cache(self) -> Path:
        """The folder of what taggers keep from one fit to the next, such as answers that cost money."""
        return self.folder / "cache"

    @property
    def training(self) -> Path:
        """The folder where `tagweave finetune` works until it publishes."""
        return self.folder / "training"

    def manifest(self) -> Manifest:
        """Read the manifest; a store without publications has an empty one.

        Raises `StaleArtifact` if the manifest cannot be read or has another format.
        """
        path = self.folder / MANIFEST
        try:
            read = read_sealed(path)
            publications = {kind: Publication(**entry) for kind, entry in read["publications"].items()}
            manifest = Manifest(read["format"], publications)
        except FileNotFoundError:
            return Manifest()
        except (KeyError, TypeError, AttributeError) as error:
            raise StaleArtifact("store.file-damaged", path=path, folder=self.folder, reason=error) from error
        if manifest.format != FORMAT:
            raise StaleArtifact("store.other-format", path=path, found=manifest.format, expected=FORMAT)
        return manifest

    def published(self, kind: str) -> tuple[Path, Mapping[str, Any]]:
        """Return the current publication's folder and description, after verifying the checksum of each file.

        A file that was verified before is read again only if its size or time has changed. Raises `MissingArtifact` if
        nothing was published, `StaleArtifact` if files are missing or altered.
        """
        publication = self.manifest().publications.get(kind)
        if publication is None:
            raise MissingArtifact("store.no-models", folder=self.folder, kind=Message(kind))
        for path in self.damaged_files(publication):
            raise StaleArtifact("store.model-changed", path=path, folder=self.folder)
        return self.folder / "models" / publication.folder, publication.about

    def damaged_files(self, publication: Publication) -> Iterator[Path]:
        """Yield the files of a publication that are missing or altered."""
        folder = self.folder / "models" / publication.folder
        for name, expected in publication.files.items():
            if not self._is_whole(folder / name, expected):
                yield folder / name

    def _is_whole(self, path: Path, checksum: str) -> bool:
        if not path.is_file():
            return False
        state = path.stat()
        seen = (checksum, state.st_size, state.st_mtime_ns, state.st_ino)
        if self._whole.get(path) != seen:
            if _sha256(path) != checksum:
                return False
            self._whole[path] = seen
        return True

    @contextlib.contextmanager
    def publication(self, kind: str, about: dict[str, Any]) -> Iterator[Path]:
        """Yield a folder to fill, and on exit make it the current publication of its kind atomically.

        `about` may still be filled inside the context. If anything fails before the exit, the previous publication
        stays current.
        """
        name = f"{kind}-{uuid.uuid4().hex[:12]}"
        with new_folder(self.folder / "models" / name) as building:
            yield building
            files = {str(path.relative_to(building)): _sha256(path) for path in _files(building)}
        manifest = self.manifest()
        publications = {**manifest.publications, kind: Publication(name, about, files)}
        self._write(replace(manifest, publications=publications))

    def withdraw(self, kind: str) -> None:
        """Take back the current publication of a kind; the next writer removes its files."""
        manifest = self.manifest()
        others = {name: each for name, each in manifest.publications.items() if name != kind}
        self._write(replace(manifest, publications=others))

    def _write(self, manifest: Manifest) -> None:
        write_sealed(self.folder / MANIFEST, asdict(manifest))

    def sweep(self) -> None:
        """Remove what a killed writer left behind, and publications that are no longer current."""
        current = {publication.folder for publication in self.manifest().publications.values()}
        for path in (self.folder / "models").glob("*"):
            if path.name not in current:
                shutil.rmtree(path, ignore_errors=True)
        for path in self.vectors.glob(f"*/*{PART}"):
            # Readers write vectors too, so a recent file may still be in use.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _ABANDONED_S:
                    path.unlink()


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput("store.is-a-file", path=folder)
    if folder.is_dir() and not (folder / CATALOGUE).exists():
        ours = ("writer.lock", "settings.toml")
        begun = f".{CATALOGUE}{PART}"
        others = [path.name for path in folder.iterdir() if path.name not in ours and not path.name.startswith(begun)]
        if others:
            raise BadInput("store.not-a-store", folder=folder, found=others[0])


@contextlib.contextmanager
def only_writer(folder: Path, wait_s: float) -> Iterator[None]:
    """Hold the writer's lock of a store's folder, with this process's id in the file. Raises `StoreLocked`."""
    path = folder / "writer.lock"
    with contextlib.ExitStack() as held:
        try:
            lock = held.enter_context(exclusive(path))
            if lock is None and wait_s > 0:
                log.info("waiting for %s that writes %s (at most %g s)", _holder(path), folder, wait_s)
                lock = held.enter_context(exclusive(path, wait_s))
            if lock is not None:
                os.pwrite(lock, str(os.getpid()).encode(), 0)
                held.callback(os.ftruncate, lock, 0)
        except OSError as error:
            raise StoreLocked("store.read-only", folder=folder, reason=error.strerror) from error
        if lock is None:
            raise StoreLocked("store.locked", folder=folder)
        yield


def _holder(lock: Path) -> str:
    """Name the process that holds a lock; it may not have written its id yet."""
    signed = lock.read_text("ascii", errors="replace")
    return f"process {signed}" if signed.isdecimal() else "another process"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
