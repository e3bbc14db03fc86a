"""The class `Tagger`: the commands of the command line as methods."""

import contextlib
import logging
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from index.batching import batched
from index.catalogue.decision import Kind
from index.catalogue.query import Query
from index.encoders.vector_cache import CachedEncoder
from index.errors import BadInput, MissingArtifact
from index.files.readers.options import ReadingOptions
from index.messages import english_texts
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
    local_sources,
    read_labelled,
    records_of,
    unlisted,
    vocabulary_in,
)
from tagger.api.progress import Shown, progress_of
from tagger.api.results import (
    CheckResult,
    DecisionResult,
    Decisions,
    DuplicatesResult,
    EvaluationResult,
    Explanation,
    ExportResult,
    FinetuneResult,
    IngestResult,
    LeaderboardResult,
    SearchResult,
    StoreInfo,
    Suggestions,
    TagFileResult,
    TuningResult,
    result_from,
)
from tagger.api.saved import make_store, save
from tagger.api.vocabulary import TagVocabulary
from tagger.duplicates.near_duplicates import find_near_duplicates
from tagger.evaluation.evaluate import evaluate, unseen
from tagger.feedback.decisions import DecisionService
from tagger.feedback.label_check import check_labels
from tagger.fit import fit
from tagger.fitted_models import FittedModels
from tagger.ingest import ingest_profiled, ingest_records, profile_files
from tagger.jobs.export import export_like, export_products
from tagger.jobs.tag_file import engine_of, record_of, tag_file
from tagger.jobs.write_back import Choice, Language, Output, WriteBack, write_back_to
from tagger.leaderboard.board import run_leaderboard
from tagger.leaderboard.picture import draw_leaderboard
from tagger.leaderboard.tuning import tune
from tagger.load import describe, encoder_of, rules_in_force
from tagger.results import Answer
from tagger.rules.settings import RulesSection
from tagger.rules.stored import as_dict as rules_as_dict
from tagger.rules.stored import rules_from, set_rules
from tagger.search.browse import Browser
from tagger.search.search import by_meaning
from tagger.search.similarity import SimilarityIndex
from tagger.settings import Settings, read
from tagger.vocabulary.product_tags import canonical
from tagger.vocabulary.stored_tags import TagPolicy

log = logging.getLogger(__name__)

_BATCH = 256
_OWN_SETTINGS = "settings.toml"
SettingsDict = Mapping[str, object]


class Tagger:
    """Tags products with models fitted on a store's products. Thread-safe.

    A store is one folder. `settings` is a dict that overrides the defaults and the store's `settings.toml`, such as
    `{"taggers": {"generator": {"enabled": False}}}`; fitted models keep the settings that they were fitted with.
    Methods that change the store wait for one another; they raise `StoreLocked` if another process is writing to it.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._models = FittedModels(store)
        # The store's lock refuses a second writer; with this one, threads of this process wait for one another.
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
        reading: ReadingOptions | None = None,
        settings: SettingsDict | None = None,
        progress: Shown = None,
    ) -> "Tagger":
        """Create a store in a new folder, and add products as `ingest` does.

        `vocabulary` is a file, or the name of a packaged vocabulary: "shopify" or "google".

        Raises `BadInput` if the folder already has a store.
        """
        path = Path(folder)
        chosen = _settings(path, settings)
        tagger = cls(Store(path, chosen.catalogue), chosen)
        if tagger._store.catalogue.exists:
            raise BadInput("store.exists", path=path, folder=os.fspath(folder))
        tagger._ingest(sources, vocabulary, columns, reading, progress, create=True)
        return tagger

    @classmethod
    def open(cls, folder: File, *, settings: SettingsDict | None = None) -> "Tagger":
        """Open a store. Raises `MissingArtifact` if there is none."""
        path = Path(folder)
        chosen = _settings(path, settings)
        return cls(Store.open(path, chosen.catalogue), chosen)

    @classmethod
    def demo(cls, name: str = "demo", *, settings: SettingsDict | None = None, progress: Shown = None) -> "Tagger":
        """Open a store that comes with the package; on first use it is created in the user's cache folder.

        `demo` is a shop with labelled products. `anything` knows no product, but Shopify's product taxonomy. Raises
        `BadInput` for another name.
        """
        from tagger.demo.store import ready, settings_of_demo

        chosen = settings_of_demo(name=name, overrides=settings)
        with progress_of(progress) as shown:
            return cls(Store.open(ready(chosen, shown, name=name), chosen.catalogue), chosen)

    @property
    def folder(self) -> Path:
        """The store's folder."""
        return self._store.folder

    def __repr__(self) -> str:
        return f"Tagger({os.fspath(self.folder)!r})"

    def info(self) -> StoreInfo:
        """Return what the store holds, and whether its models are up to date."""
        return result_from(StoreInfo, describe(self._store))

    def ingest(
        self,
        *sources: Source,
        vocabulary: File | None = None,
        columns: Mapping[str, str] | None = None,
        reading: ReadingOptions | None = None,
        tags: TagPolicy = "",
        progress: Shown = None,
    ) -> IngestResult:
        """Add products from files and databases, tables of pandas, Polars or Arrow, or iterables of dicts or `Product`.

        `columns` maps a field to its column if the two differ, such as `{"title": "name"}`. `reading` names what should
        not be found out about a file, such as `ReadingOptions(encoding="big5")`. `vocabulary` is a file, or the name of
        a packaged vocabulary: "shopify" or "google". A product whose id exists is replaced; `tags` says whether its
        stored tags are replaced, added to ("append") or kept. Without it they are replaced, unless the file or the
        record has no tags. Invalid rows are counted and written to the file `rejects` with the reason. Raises
        `BadInput` if a file or a table cannot be read at all, or no row of a file is a product.
        """
        return self._ingest(sources, vocabulary, columns, reading, progress, create=False, tags=tags)

    def _ingest(
        self,
        sources: tuple[Source, ...],
        vocabulary: File | None,
        columns: Mapping[str, str] | None,
        reading: ReadingOptions | None,
        progress: Shown,
        *,
        create: bool,
        tags: TagPolicy = "",
    ) -> IngestResult:
        # Check all inputs before a store is created.
        names, known = columns_of(columns), vocabulary_in(vocabulary)
        with local_sources(sources, reading) as local:
            paths = files_of(local, names, reading)
            profiles = profile_files(paths, names, reading)
            records = records_of(local, names)
            mask = self._settings.privacy.mask
            with self._writer(create=create) as store, progress_of(progress) as shown:
                if paths:
                    done = ingest_profiled(store, profiles, shown, vocabulary=known, tags=tags, mask=mask)
                else:
                    done = ingest_records(store, records, shown, columns=names, vocabulary=known, tags=tags, mask=mask)
        return IngestResult(**vars(done))

    def fit(self, *, progress: Shown = None) -> "Tagger":
        """Fit the models on the store's labelled products; return the tagger itself.

        Raises `BadInput` if no product has tags. `progress` is "tqdm", "rich" or a function of (stage, done, total).
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
        """Train the generator's adapter on the store's labelled products; it takes effect with the next `fit`.

        `base` is a T5 model: a folder, or a hub id if the settings allow the hub. Arguments that are None keep the
        values in the settings. The last training is resumed if it is compatible, unless `fresh` is true. Raises
        `BadInput` if there are too few labelled products.
        """
        changed = {"base": base, "epochs": epochs, "learning_rate": learning_rate, "seed": seed}
        with self._writing, progress_of(progress) as shown:
            trained = train_adapter(self.folder, self._settings, changed, shown, fresh=fresh)
            return result_from(FinetuneResult, trained)

    def suggest(self, product: ProductLike, *, limit: int = 10) -> Suggestions:
        """Suggest tags for a product: a text, a dict with a title, or a `Product`.

        Raises `BadInput` if it has no text, `MissingArtifact` before the first `fit`.
        """
        [suggestions] = self._suggest([as_product(product)], limit)
        return suggestions

    def suggest_many(
        self, products: ArrowTable | Iterable[ProductLike], *, limit: int = 10, batch: int = _BATCH
    ) -> Iterator[Suggestions]:
        """Yield suggestions for many products, in the order given; only one batch is held in memory.

        Raises `BadInput` with the position of a product that cannot be used.
        """
        for some in batched(as_products(products), batch):
            yield from self._suggest(some, limit)

    def _suggest(self, products: Sequence[Product], limit: int) -> list[Suggestions]:
        with self._models.turn() as models:
            answers = models.pipeline.answers(products, limit)
            return [Suggestions(tuple(each.tags), **_known(each), labelled=models.labelled) for each in answers]

    def explain(self, product: ProductLike, *, limit: int = 10) -> Explanation:
        """Suggest tags for a product, each with its evidence: similar products, words in its text, taggers' scores."""
        asked = as_product(product)
        with self._models.turn() as models:
            answer = models.pipeline.explain(asked, limit)
            return Explanation(
                tuple(answer.tags),
                **_known(answer),
                labelled=models.labelled,
                threshold=answer.threshold,
                without=english_texts(answer.without),
            )

    def evaluate(
        self,
        source: Source,
        *,
        columns: Mapping[str, str] | None = None,
        reading: ReadingOptions | None = None,
        progress: Shown = None,
    ) -> EvaluationResult:
        """Evaluate the taggers, alone and fused, on labelled products that the store has not seen.

        Invalid rows are logged and skipped. Raises `BadInput` if no product has tags.
        """
        products, rejects = read_labelled(source, columns_of(columns), reading)
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

    def leaderboard(
        self,
        *,
        only: Sequence[str] = (),
        facet: str = "",
        folds: int = 0,
        plot: File | None = None,
        progress: Shown = None,
    ) -> LeaderboardResult:
        """Train every kind of tagger on a part of the store's products, and compare them on another part.

        `only` names the systems: taggers of the store, or installed ones. `facet` is what the accuracy is of, by
        default the category. With `folds`, the figures are means over that many folds. `plot` is a picture to draw:
        .png or .svg. Each result is kept in the store's folder, so a second call resumes. Raises `UnknownPlugin` for an
        unknown system, `BadInput` if there are too few labelled products.
        """
        with progress_of(progress) as shown:
            board = run_leaderboard(self._store, self._settings, shown, only=only, facet=facet, folds=folds)
        if plot is not None:
            draw_leaderboard(board, Path(plot))
        return LeaderboardResult(**vars(board))

    def tune(self, system: str, *, trials: int = 20, folds: int = 2, progress: Shown = None) -> TuningResult:
        """Search the options of a tagger with the highest micro-F1; needs the extra `search` (Optuna).

        Each of the `trials` is measured on `folds` folds of the products that are not for testing; one that is worse
        than the others is ended early. Trials are kept in the store's folder, so a second call resumes. Raises
        `MissingDependency` without Optuna, `BadSetting` if the tagger has no options to search.
        """
        with progress_of(progress) as shown:
            return TuningResult(**vars(tune(self._store, self._settings, system, shown, trials=trials, folds=folds)))

    def check(self, *, limit: int = 100) -> CheckResult:
        """List tags of the store's products that are probably wrong or missing, the surest first.

        Each product is judged by models that have not seen its tags; the last `fit` has made them. Raises
        `MissingArtifact` before the first `fit`, or if it had too few labelled products.
        """
        return CheckResult(**vars(check_labels(self._store, limit)))

    def duplicates(self, *, limit: int = 100, min_score: float = 0.7) -> DuplicatesResult:
        """List pairs of the store's products that are probably the same product, the surest first.

        Titles with the same words in another order, wording or spelling are found. Titles that differ in a size, a
        number of pieces, a colour, a material or a model are products of their own.
        """
        products = self._store.catalogue.products()
        found = find_near_duplicates(products, least=min_score)
        return DuplicatesResult(tuple(found[:limit]), len(found), len(products))

    def product(self, id: str) -> Product:
        """Return a product of the store by its id. Raises `BadInput` if there is none."""
        for found in self._browser.products([id]):
            return found
        raise BadInput("product.unknown", id=id, folder=self.folder)

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
        """Find products that have every word of a text, and every tag by any of its names.

        With `semantic`, products are ranked by how close they are to the text in meaning instead.
        """
        query = Query(text, [tags] if isinstance(tags, str) else tags, "", "relevance", limit, offset)
        if not semantic:
            page = self._browser.by_words(query)
            return SearchResult(tuple(page.products), page.total)
        with progress_of(progress) as shown:
            found = by_meaning(self._store, self._encoder(), query, shown)
        return SearchResult(tuple(found.page.products), found.page.total, found.similarities)

    def similar(self, product: ProductLike, *, limit: int = 10) -> SearchResult:
        """Find the store's products closest in meaning, without the product itself; only fitted ones are searched."""
        found = self._browser.similar(unlisted(product), limit)
        return SearchResult(tuple(each for each, _ in found), len(found), {each.id: score for each, score in found})

    def decide(self, kind: Kind, product: str | Record | Product, tag: str, *, by: str = "") -> DecisionResult:
        """Record a person's decision on a tag: "accept" or "reject" a suggestion, "add" or "remove" another tag.

        `product` is an id in the store, or any `Product` or dict, in the store or not. The decision shows in the next
        suggestion for it and for nearly identical products, without another `fit`. Raises `BadInput` for an unknown id.
        """
        with self._writing:
            meant = self.product(product) if isinstance(product, str) else as_product(product)
            return DecisionResult(**vars(self._decisions.decide(kind, meant, tag, by)))

    def undo(self, number: int, *, by: str = "") -> DecisionResult:
        """Undo a decision. Raises `BadInput` if the number is unknown, or the decision was already undone."""
        with self._writing:
            [undone] = self._decisions.undo(number, by)
        return DecisionResult(**vars(undone))

    def decisions(self, product: str = "") -> Decisions:
        """List all decisions, or those on one product by its id, latest first; undone ones are included."""
        found = self._decisions.history(product) if product else self._decisions.all()[::-1]
        return Decisions(tuple(DecisionResult(**vars(each)) for each in found))

    @property
    def rules(self) -> RulesSection:
        """The rules for the store's tags: which are suggested, accepted and implied."""
        return rules_in_force(self._store)

    def set_rules(self, **rules: object) -> RulesSection:
        """Change some rules, such as `deny=["promo*"]` or `never_automatic=["facet:colour"]`; return all.

        They count from the next suggestion on; a wanted `precision` from the next `fit` on. Raises `BadSetting` for an
        unknown rule or a wrong value.
        """
        with self._writing:
            changed = rules_from({**rules_as_dict(self.rules), **rules})
            set_rules(self.folder, changed)
        return changed

    @property
    def vocabulary(self) -> TagVocabulary:
        """The store's tags by name, with methods to rename and merge them and to add aliases."""
        return self._vocabulary

    def tag_file(
        self,
        source: File,
        out: File,
        *,
        limit: int = 10,
        columns: Mapping[str, str] | None = None,
        reading: ReadingOptions | None = None,
        write_tags: str = "",
        language: Language = "",
        min_probability: float | None = None,
        only_accepted: bool = False,
        excel: bool = False,
        engine: Literal["local", "ray"] = "local",
        progress: Shown = None,
    ) -> TagFileResult:
        """Tag every product of a file and write another: .jsonl, .csv (either also as .gz), .xlsx or .parquet.

        With `write_tags` "append", "replace" or "column:NAME", the file is written again as it came, with the accepted
        tags in it; "records" writes products with their tags and all suggestions. By default tags are appended where
        `out` is a table of the same kind. `language` chooses the labels that are written. `min_probability` replaces
        the store's threshold; with `only_accepted` both count. `excel` marks records in CSV for Excel. An interrupted
        run is resumed where it stopped. Raises `BadInput` if the result would overwrite its input.
        """
        names = columns_of(columns)
        [path] = files_of([source], names, reading)
        back = write_back_to(Path(out), path, write_tags, language)
        output = Output(Choice(min_probability, only_accepted), back, excel)
        tagging = self._tag_batches if engine == "local" else engine_of(engine)
        with progress_of(progress) as shown:
            done = tag_file(
                self._store,
                path,
                Path(out),
                shown,
                limit=limit,
                columns=names,
                reading=reading,
                engine=tagging,
                output=output,
            )
        return TagFileResult(**vars(done))

    def export(
        self,
        out: File,
        *,
        like: File | None = None,
        columns: Mapping[str, str] | None = None,
        reading: ReadingOptions | None = None,
        write_tags: str = "replace",
        language: Language = "",
        excel: bool = False,
    ) -> ExportResult:
        """Write all products with their tags to a file: .jsonl, .csv (either also as .gz), .xlsx or .parquet.

        `like` is a file of products: it is written again as it came, with the store's tags in it. `columns` and
        `reading` say how it is read, as for `ingest`; `write_tags` and `language` how tags are written, as for
        `tag_file`.
        """
        if like is None:
            return ExportResult(**vars(export_products(self._store, Path(out), excel=excel)))
        names = columns_of(columns)
        [path] = files_of([like], names, reading)
        back = WriteBack(write_tags, language)
        done = export_like(self._store, path, Path(out), columns=names, reading=reading, back=back)
        return ExportResult(**vars(done))

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
        """Open a tagger that `save_pretrained` wrote to a folder, or `push_to_hub` uploaded to a hub.

        Its store is created in `folder`, or else in the user's cache folder, where a second call finds it again. Raises
        `MissingArtifact` if the folder is not a saved tagger, `StaleArtifact` if files are damaged, `HubError` if the
        hub has no such repository or cannot be reached.
        """
        source = Path(name_or_path)
        if not source.is_dir():
            source = download(os.fspath(name_or_path), revision=revision, token=token)
        return cls.open(make_store(source, folder, read(overrides=settings)), settings=settings)

    def save_pretrained(self, folder: File, *, catalogue: bool = False) -> Path:
        """Write the fitted models, the vocabulary and a model card to a new folder; return it.

        With `catalogue`, the products and people's decisions are written too. Raises `MissingArtifact` before the
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
        """Upload what `save_pretrained` writes to a repository of the hub; return the URL of the commit.

        Raises `HubError` if the hub refuses or cannot be reached.
        """
        with tempfile.TemporaryDirectory() as folder:
            save(self._store, Path(folder), catalogue=catalogue, name=repo_id)
            return upload(Path(folder), repo_id, message=commit_message, private=private, token=token)

    def _tag_batches(
        self, folder: Path, limit: int, batches: Iterator[list[Product]]
    ) -> Iterator[list[dict[str, object]]]:
        for batch in batches:
            with self._models.turn() as models:
                tagged = models.pipeline.answers(batch, limit)
            yield [record_of(*each) for each in zip(batch, tagged, strict=True)]

    def _similarity_index(self) -> SimilarityIndex:
        with self._models.turn() as models:
            return models.similarity_index

    def _encoder(self) -> CachedEncoder:
        """Return the encoder of the fitted models, or before the first `fit` the one in the settings."""
        try:
            with self._models.turn() as models:
                return models.encoder
        except MissingArtifact:
            return encoder_of(self._store, self._settings)

    def _keep_vector(self, text: str) -> None:
        """Cache the vector of a text that was decided on, unless the models would have to be loaded for that."""
        if self._models.are_open:
            with self._models.turn() as models:
                models.encoder.warm([text], silent)

    @contextlib.contextmanager
    def _writer(self, *, create: bool = False) -> Iterator[Store]:
        with self._writing, Store.writer(self.folder, self._settings.catalogue, create=create) as store:
            yield store


def _known(answer: Answer) -> dict[str, Any]:
    return answer.familiarity.as_dict()


def _settings(folder: Path, settings: SettingsDict | None) -> Settings:
    own = folder / _OWN_SETTINGS
    return read(*([own] if own.is_file() else []), overrides=settings)
