"""A store from Python: what the command line can do, as methods."""

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from index.errors import BadInput
from index.product import Product
from index.store import Store
from tagger.api.inputs import (
    ArrowTable,
    File,
    ProductLike,
    Source,
    as_product,
    as_products,
    batches_of,
    columns_of,
    files_of,
    records_of,
    vocabulary_in,
)
from tagger.api.progress import Shown, progress_of
from tagger.api.results import IngestResult, StoreInfo, Suggestions
from tagger.fit import fit
from tagger.fitted_models import FittedModels
from tagger.ingest import ingest, ingest_records
from tagger.load import describe
from tagger.settings import Settings, read

_BATCH = 256
_OWN_SETTINGS = "settings.toml"
SettingsDict = Mapping[str, object]


class Tagger:
    """Tags products by what it learnt from a store's; safe to use from several threads.

    A store is one folder. `settings` lie over the store's own (`settings.toml` in it) and the defaults, as a dict:
    `{"taggers": {"generator": {"enabled": False}}}`; what has been fitted keeps the settings that it was fitted with.
    Methods that change the store wait for one another; another process that writes it raises `StoreLocked`.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._models = FittedModels(store)
        # The store's own lock refuses a second writer; threads of this process can wait for one another.
        self._writing = threading.RLock()

    @classmethod
    def create(
        cls,
        folder: File,
        *sources: Source,
        vocabulary: File | None = None,
        columns: Mapping[str, str] | None = None,
        settings: SettingsDict | None = None,
        progress: Shown = None,
    ) -> "Tagger":
        """Make a store in a new folder, and bring in products as `ingest` does.

        Raises `BadInput` where a store is there already.
        """
        path = Path(folder)
        chosen = _settings(path, settings)
        tagger = cls(Store(path, chosen.catalogue_settings()), chosen)
        if tagger._store.catalogue.exists:
            raise BadInput(f"there is a store at {path} already; open it with: Tagger.open({os.fspath(folder)!r})")
        tagger._ingest(sources, vocabulary, columns, progress, create=True)
        return tagger

    @classmethod
    def open(cls, folder: File, *, settings: SettingsDict | None = None) -> "Tagger":
        """Open a store; raises `MissingArtifact` where there is none."""
        path = Path(folder)
        chosen = _settings(path, settings)
        return cls(Store.open(path, chosen.catalogue_settings()), chosen)

    @classmethod
    def demo(cls, *, settings: SettingsDict | None = None, progress: Shown = None) -> "Tagger":
        """Open the demo shop, which is made in the user's cache folder first where it is not there yet."""
        from tagger.demo.store import SETTINGS, ready

        chosen = read(SETTINGS, overrides=settings)
        with progress_of(progress) as shown:
            return cls(Store.open(ready(chosen, shown), chosen.catalogue_settings()), chosen)

    @property
    def folder(self) -> Path:
        """The store's folder."""
        return self._store.folder

    def __repr__(self) -> str:
        return f"Tagger({os.fspath(self.folder)!r})"

    def info(self) -> StoreInfo:
        """Say what the store holds, and whether its models are up to date."""
        found = describe(self._store)
        return StoreInfo(**{name: found[name] for name in StoreInfo.__dataclass_fields__})

    def ingest(
        self,
        *sources: Source,
        vocabulary: File | None = None,
        columns: Mapping[str, str] | None = None,
        progress: Shown = None,
    ) -> IngestResult:
        """Bring in products: files, tables of pandas, Polars or Arrow, iterables of dicts or `Product`.

        `columns` names the column of a field where it has another name, such as `{"title": "name"}`. A product of an id
        that is there is replaced. Rows that cannot be taken are counted, and told of in the file `rejects`; raises
        `BadInput` for a file or a table that cannot be read at all.
        """
        return self._ingest(sources, vocabulary, columns, progress, create=False)

    def _ingest(
        self,
        sources: tuple[Source, ...],
        vocabulary: File | None,
        columns: Mapping[str, str] | None,
        progress: Shown,
        *,
        create: bool,
    ) -> IngestResult:
        # All that can be wrong with what was given is found before a store is made.
        paths, names, known = files_of(sources), columns_of(columns), vocabulary_in(vocabulary)
        records = records_of(sources, names)
        with self._writer(create=create) as store, progress_of(progress) as shown:
            if paths:
                done = ingest(store, paths, shown, columns=names, vocabulary=known)
            else:
                done = ingest_records(store, records, shown, columns=names, vocabulary=known)
        return IngestResult(**vars(done))

    def fit(self, *, progress: Shown = None) -> "Tagger":
        """Learn from the store's labelled products; returns the tagger itself.

        Raises `BadInput` where no product has tags. `progress` is "tqdm", "rich" or a function of (stage, done, total).
        """
        with self._writer() as store, progress_of(progress) as shown:
            fit(store, self._settings, shown)
        return self

    def suggest(self, product: ProductLike, *, limit: int = 10) -> Suggestions:
        """Suggest tags for a product: a text, a dict with a title, or a `Product`.

        Raises `BadInput` for one without text, `MissingArtifact` before the first `fit`.
        """
        [suggestions] = self._suggest([as_product(product)], limit)
        return suggestions

    def suggest_many(
        self, products: ArrowTable | Iterable[ProductLike], *, limit: int = 10, batch: int = _BATCH
    ) -> Iterator[Suggestions]:
        """Suggest tags for many products, one after the other in the order given; only a batch is held at a time.

        Raises `BadInput` that names the place of a product that cannot be used.
        """
        for some in batches_of(as_products(products), batch):
            yield from self._suggest(some, limit)

    def _suggest(self, products: Sequence[Product], limit: int) -> list[Suggestions]:
        with self._models.turn() as models:
            return [Suggestions(tuple(tags), labelled=models.labelled) for tags in models.pipeline.tag(products, limit)]

    @contextlib.contextmanager
    def _writer(self, *, create: bool = False) -> Iterator[Store]:
        with self._writing, Store.writer(self.folder, self._settings.catalogue_settings(), create=create) as store:
            yield store


def _settings(folder: Path, settings: SettingsDict | None) -> Settings:
    own = folder / _OWN_SETTINGS
    return read(*([own] if own.is_file() else []), overrides=settings)
