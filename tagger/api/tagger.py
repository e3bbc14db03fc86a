"""A store from Python: what the command line can do, as methods."""

import contextlib
import logging
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from index.batching import batched
from index.catalogue.decision import Kind
from index.catalogue.query import Query
from index.encoders.vector_cache import CachedEncoder
from index.errors import BadInput, MissingArtifact
from index.product import Product
from index.progress import silent
from index.store import FITTED, Store
from tagger.api.finetuning import train_adapter
from tagger.api.hub import download, upload
from tagger.api.inputs import (
    ArrowTable,
    File,
    ProductLike,
    Record,
    Source,
    as_product,
    as_products,
    columns_of,
    files_of,
    read_labelled,
    records_of,
    unlisted,
    vocabulary_in,
)
from tagger.api.progress import Shown, progress_of
from tagger.api.results import (
    DecisionResult,
    Decisions,
    EvaluationResult,
    Explanation,
    ExportResult,
    FinetuneResult,
    IngestResult,
    SearchResult,
    StoreInfo,
    Suggestions,
    TagFileResult,
    result_from,
)
from tagger.api.saved import make_store, save
from tagger.api.vocabulary import TagVocabulary
from tagger.evaluation.evaluate import evaluate, unseen
from tagger.feedback.decisions import DecisionService
from tagger.fit import fit
from tagger.fitted_models import FittedModels
from tagger.ingest import ingest, ingest_records
from tagger.jobs.export import export_products
from tagger.jobs.tag_file import engine_of, record_of, tag_file
from tagger.load import describe, encoder_of
from tagger.search.browse import Browser
from tagger.search.search import by_meaning
from tagger.search.similarity import SimilarityIndex
from tagger.settings import Settings, read
from tagger.vocabulary.product_tags import canonical

log = logging.getLogger(__name__)

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
        self._browser = Browser(store.catalogue, self._similarity_index)
        self._decisions = DecisionService(store, self._browser.vocabulary, self._keep_vector)
        self._vocabulary = TagVocabulary(self._browser, store, settings, self._writer)

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
        tagger = cls(Store(path, chosen.catalogue), chosen)
        if tagger._store.catalogue.exists:
            raise BadInput(f"there is a store at {path} already; open it with: Tagger.open({os.fspath(folder)!r})")
        tagger._ingest(sources, vocabulary, columns, progress, create=True)
        return tagger

    @classmethod
    def open(cls, folder: File, *, settings: SettingsDict | None = None) -> "Tagger":
        """Open a store; raises `MissingArtifact` where there is none."""
        path = Path(folder)
        chosen = _settings(path, settings)
        return cls(Store.open(path, chosen.catalogue), chosen)

    @classmethod
    def demo(cls, *, settings: SettingsDict | None = None, progress: Shown = None) -> "Tagger":
        """Open the demo shop, which is made in the user's cache folder first where it is not there yet."""
        from tagger.demo.store import SETTINGS, ready

        chosen = read(SETTINGS, overrides=settings)
        with progress_of(progress) as shown:
            return cls(Store.open(ready(chosen, shown), chosen.catalogue), chosen)

    @property
    def folder(self) -> Path:
        """The store's folder."""
        return self._store.folder

    def __repr__(self) -> str:
        return f"Tagger({os.fspath(self.folder)!r})"

    def info(self) -> StoreInfo:
        """Say what the store holds, and whether its models are up to date."""
        return result_from(StoreInfo, describe(self._store))

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
        names, known = columns_of(columns), vocabulary_in(vocabulary)
        paths = files_of(sources, names)
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

    def finetune(
        self,
        *,
        base: str | None = None,
        epochs: int | None = None,
        learning_rate: float | None = None,
        seed: int | None = None,
        fresh: bool = False,
        progress: Shown = None,
    ) -> FinetuneResult:
        """Train the generator's adapter on the store's labelled products; the next `fit` brings it into use.

        `base` is a T5 by folder, or by hub id where the settings allow the hub; what is not given stays as the settings
        say. It goes on from the last training where that is sound, unless `fresh` is true. Raises `BadInput` for too
        few labelled products.
        """
        changed = {"base": base, "epochs": epochs, "learning_rate": learning_rate, "seed": seed}
        with self._writing, progress_of(progress) as shown:
            trained = train_adapter(self.folder, self._settings, changed, shown, fresh=fresh)
            return result_from(FinetuneResult, trained)

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
        for some in batched(as_products(products), batch):
            yield from self._suggest(some, limit)

    def _suggest(self, products: Sequence[Product], limit: int) -> list[Suggestions]:
        with self._models.turn() as models:
            return [Suggestions(tuple(tags), labelled=models.labelled) for tags in models.pipeline.tag(products, limit)]

    def explain(self, product: ProductLike, *, limit: int = 10) -> Explanation:
        """Suggest tags for a product with the evidence for each: like products, words of its text, each tagger."""
        asked = as_product(product)
        with self._models.turn() as models:
            answer = models.pipeline.explain(asked, limit)
            return Explanation(
                tuple(answer.tags), labelled=models.labelled, threshold=answer.threshold, without=answer.without
            )

    def evaluate(
        self, source: Source, *, columns: Mapping[str, str] | None = None, progress: Shown = None
    ) -> EvaluationResult:
        """Measure the taggers, alone and fused, on labelled products that the store has not seen.

        Rows that cannot be used are logged and left out; raises `BadInput` where no product has tags.
        """
        products, rejects = read_labelled(source, columns_of(columns))
        for each in rejects:
            log.warning("%s line %d is left out: %s", each.file, each.line, each.reason)
        thresholds = self._store.published(FITTED)[1]["thresholds"]
        with self._models.turn() as models, progress_of(progress) as shown:
            labelled = [each for each in canonical(products, models.pipeline.vocabulary) if each.tags]
            if known := len(labelled) - len(unseen(labelled, self._store.catalogue)):
                log.warning(
                    "%d of the %d products are in the store with tags: the figures are too high", known, len(labelled)
                )
            return EvaluationResult(**vars(evaluate(models.pipeline, labelled, thresholds, shown)))

    def product(self, id: str) -> Product:
        """Return a product of the store; raises `BadInput` where there is none of that id."""
        for found in self._browser.products([id]):
            return found
        raise BadInput(f"there is no product {id!r} in {self.folder}")

    def search(
        self,
        text: str = "",
        *,
        tags: Sequence[str] = (),
        semantic: bool = False,
        limit: int = 20,
        offset: int = 0,
        progress: Shown = None,
    ) -> SearchResult:
        """Find products with every word of a text, or near it in meaning, and with every tag by any of its names."""
        query = Query(text, [tags] if isinstance(tags, str) else tags, "", "relevance", limit, offset)
        if not semantic:
            page = self._browser.by_words(query)
            return SearchResult(tuple(page.products), page.total)
        with progress_of(progress) as shown:
            found = by_meaning(self._store, self._encoder(), query, shown)
        return SearchResult(tuple(found.page.products), found.page.total, found.similarities)

    def similar(self, product: ProductLike, *, limit: int = 10) -> SearchResult:
        """Find the store's products nearest in meaning, but for the product itself, among those that `fit` has seen."""
        found = self._browser.similar(unlisted(product), limit)
        return SearchResult(tuple(each for each, _ in found), len(found), {each.id: score for each, score in found})

    def decide(self, kind: Kind, product: str | Record | Product, tag: str, *, by: str = "") -> DecisionResult:
        """Record what a person decided on a tag: "accept" or "reject" a suggestion, "add" or "remove" another tag.

        `product` is the id of one in the store, or a `Product` or dict, which need not be. It shows in the next
        suggestion for it and for others that are nearly the same, without another `fit`. Raises `BadInput` for an
        unknown id.
        """
        with self._writing:
            meant = self.product(product) if isinstance(product, str) else as_product(product)
            return DecisionResult(**vars(self._decisions.decide(kind, meant, tag, by)))

    def undo(self, number: int, *, by: str = "") -> DecisionResult:
        """Take a decision back; raises `BadInput` for an unknown number, or one that is undone already."""
        with self._writing:
            [undone] = self._decisions.undo(number, by)
        return DecisionResult(**vars(undone))

    def decisions(self, product: str = "") -> Decisions:
        """List all decisions, or those on the product of an id, the latest first, with those that were undone."""
        found = self._decisions.history(product) if product else self._decisions.all()[::-1]
        return Decisions(tuple(DecisionResult(**vars(each)) for each in found))

    @property
    def vocabulary(self) -> TagVocabulary:
        """The tags by name; there they are renamed, merged, and given other names."""
        return self._vocabulary

    def tag_file(
        self,
        source: File,
        out: File,
        *,
        limit: int = 10,
        columns: Mapping[str, str] | None = None,
        engine: Literal["local", "ray"] = "local",
        progress: Shown = None,
    ) -> TagFileResult:
        """Tag every product of a file into another: .jsonl, .csv (also with .gz) or .parquet.

        A run that was stopped goes on where it was. Raises `BadInput` where the result would overwrite its input.
        """
        names = columns_of(columns)
        [path] = files_of([source], names)
        tagging = self._tag_batches if engine == "local" else engine_of(engine)
        with progress_of(progress) as shown:
            done = tag_file(self._store, path, Path(out), shown, limit=limit, columns=names, engine=tagging)
        return TagFileResult(**vars(done))

    def export(self, out: File) -> ExportResult:
        """Write all products with their tags: .jsonl, .csv (also with .gz) or .parquet."""
        return ExportResult(**vars(export_products(self._store, Path(out))))

    @classmethod
    def from_pretrained(
        cls,
        name_or_path: File,
        *,
        folder: File | None = None,
        revision: str | None = None,
        token: str | None = None,
        settings: SettingsDict | None = None,
    ) -> "Tagger":
        """Open what `save_pretrained` wrote into a folder, or `push_to_hub` brought to a hub, as a store.

        The store is made in `folder`, or else in the user's cache folder, where the same one is found again. Raises
        `MissingArtifact` for a folder that is no saved tagger, `StaleArtifact` for damaged files, `HubError` where the
        hub has no such repository or cannot be reached.
        """
        source = Path(name_or_path)
        if not source.is_dir():
            source = download(os.fspath(name_or_path), revision=revision, token=token)
        return cls.open(make_store(source, folder, read(overrides=settings)), settings=settings)

    def save_pretrained(self, folder: File, *, catalogue: bool = False) -> Path:
        """Write the fitted models, the vocabulary and a model card into a new folder; return it.

        With `catalogue`, the products and what people decided are written too. Raises `MissingArtifact` before the
        first `fit`.
        """
        save(self._store, Path(folder), catalogue=catalogue, name=Path(folder).name)
        return Path(folder)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        catalogue: bool = False,
        commit_message: str = "Save a Tagweave tagger",
        private: bool = False,
        token: str | None = None,
    ) -> str:
        """Bring what `save_pretrained` writes to a repository of the hub; return the address of the commit.

        Raises `HubError` where the hub refuses, or cannot be reached.
        """
        with tempfile.TemporaryDirectory() as folder:
            save(self._store, Path(folder), catalogue=catalogue, name=repo_id)
            return upload(Path(folder), repo_id, message=commit_message, private=private, token=token)

    def _tag_batches(
        self, folder: Path, limit: int, batches: Iterator[list[Product]]
    ) -> Iterator[list[dict[str, object]]]:
        for batch in batches:
            with self._models.turn() as models:
                tagged = models.pipeline.tag(batch, limit)
            yield [record_of(*each) for each in zip(batch, tagged, strict=True)]

    def _similarity_index(self) -> SimilarityIndex:
        with self._models.turn() as models:
            return models.similarity_index

    def _encoder(self) -> CachedEncoder:
        """Return the encoder of the models, before the first `fit` that of the settings."""
        try:
            with self._models.turn() as models:
                return models.encoder
        except MissingArtifact:
            return encoder_of(self._store, self._settings)

    def _keep_vector(self, text: str) -> None:
        """Keep the vector of a text that was decided on, where no models need be opened for that."""
        if self._models.are_open:
            with self._models.turn() as models:
                models.encoder.warm([text], silent)

    @contextlib.contextmanager
    def _writer(self, *, create: bool = False) -> Iterator[Store]:
        with self._writing, Store.writer(self.folder, self._settings.catalogue, create=create) as store:
            yield store


def _settings(folder: Path, settings: SettingsDict | None) -> Settings:
    own = folder / _OWN_SETTINGS
    return read(*([own] if own.is_file() else []), overrides=settings)
