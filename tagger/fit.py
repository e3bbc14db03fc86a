"""Fit a store's models: taggers, ranker, calibration and thresholds.

With too few labelled products for a ranker, the tagger that is best out of fold decides alone; with too few to tell,
those that need no labels. Without any labels only these are fitted, on the catalogue's texts.
"""

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from index.encoders.background_encoding import BackgroundEncoding
from index.errors import BadInput, TagweaveError
from index.messages import english_texts
from index.product import Product
from index.progress import Progress, one_at_a_time
from index.store import FITTED, Store
from tagger.evaluation import held_out, metrics
from tagger.evaluation.evaluate import FUSED
from tagger.evaluation.few_labels import best_tagger, expected_threshold, own_threshold
from tagger.fusion import ranker
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.fuser import weighted
from tagger.fusion.out_of_fold import FoldPredictions, fit_tagger, out_of_fold
from tagger.fusion.ranker_training import train_ranker
from tagger.fusion.settings import FusionSection
from tagger.load import ADAPTER_COPY, adapter_of, encoder_of, resources_of
from tagger.novelty import detector
from tagger.plugins import INDEXES, BaseTagger, PluginSettings, Resources, Trainable
from tagger.plugins.guarded_tagger import GuardedTagger
from tagger.plugins.roster import TaggerRoster
from tagger.plugins.threads import one_thread_per_core
from tagger.rules.stored import stored_rules
from tagger.rules.thresholds import fit_thresholds
from tagger.settings import Settings, as_dict
from tagger.types import Ranking
from tagger.vocabulary.product_tags import canonical

_SHOWN = 50
_FUSION = "fusion.json"
_UNTRAINED_THRESHOLD = 0.5
_NAMES = "names"
# The plugins that find neighbours, and names in the text; the number of neighbours where the settings give none.
_JUDGES = ("knn", "lexical")
_NEIGHBOURS = 20
# Products that are looked at if none has labels, and on how many of them the threshold is tuned.
_UNLABELLED = 2000
_EXPECTED_ON = 500
# With fewer labelled products, it is left to chance which tagger is the best out of fold.
_LEAST_JUDGED = 8


@dataclass(frozen=True)
class Report:
    """The result of `fit`; `without` gives the reason for each optional tagger that was left out.

    `stages` has the seconds of each stage. Stages overlap: the vectors are computed while taggers that do not need them
    are fitted, and the final taggers are fitted while the ranker is trained. Such time counts for the stage that began
    first, so the sum is at most `seconds`.
    """

    seconds: float
    products: int
    tags: int
    taggers: list[str]
    fuser: str
    threshold: float
    stages: Mapping[str, float]
    without: Mapping[str, str]


def fit(store: Store, settings: Settings, progress: Progress, fusion: Path | None = None) -> Report:
    """Fit all models and publish them; the store must be open for writing.

    `fusion` is a folder that `keep_fusion` wrote after a fit on the same products: its ranker and thresholds are
    reused. Vectors are saved as they are computed, so a second call after an interruption does not compute them again.
    Raises `BadInput` if no product has tags, and there is no vocabulary either.
    """
    progress = one_at_a_time(progress)
    clock = _Clock(progress)
    labelled = store.catalogue.products(labelled=True)
    encoder = encoder_of(store, settings)
    resources = resources_of(store, settings, encoder, adapter_of(store))
    if not labelled and not len(resources.vocabulary):
        raise BadInput("fit.no-labels", folder=store.folder)
    roster = _roster(labelled, settings, resources)
    INDEXES.check(settings.index.plugin, settings.index.options)
    products = labelled or store.catalogue.sample(_UNLABELLED)
    texts = [product.text for product in products]
    if _NAMES in map(_plugin, roster.wanted):
        # Each fold needs the vectors of the names.
        texts += [name for entry in resources.vocabulary for name in entry.forms]
    if labelled:
        # A tag that was merged since the products were ingested is learnt under the name it was merged into.
        products = [product for product in canonical(products, resources.vocabulary) if product.tags]
    about: dict[str, Any] = {}
    clock.begin("encode")
    with store.publication(FITTED, about) as folder, BackgroundEncoding(encoder, texts, progress) as encoding:
        encoding.when_done(partial(clock.end, "encode"))
        resources = replace(resources, encoder=encoding)
        try:
            precision = stored_rules(store.folder, settings.rules).precision
            fused = _fit_models(products, roster, resources, settings.fusion, fusion, folder, clock, precision)
        except TagweaveError:
            # A tagger that waits for vectors fails with the encoding, but is not to blame.
            encoding.check()
            raise
        encoding.wait()
        if resources.adapter:
            shutil.copytree(resources.adapter, folder / ADAPTER_COPY)
        about |= {
            "settings": as_dict(settings),
            "taggers": roster.names,
            "encoder": encoder.name,
            "products": len(labelled),
            "fingerprint": store.catalogue.fingerprint(),
            "adapter": resources.adapter.name if resources.adapter else None,
            **fused,
        }
    tags = {tag for product in products for tag in product.tags} if labelled else resources.vocabulary.tags
    return Report(
        seconds=clock.total(),
        products=len(labelled),
        tags=len(tags),
        taggers=roster.names,
        fuser=fused["fuser"],
        threshold=fused["threshold"],
        stages=clock.seconds,
        without=english_texts(roster.without),
    )


def _roster(labelled: Sequence[Product], settings: Settings, resources: Resources) -> TaggerRoster:
    """Return the taggers that can take part with so many labels, each tried out."""
    few = len(labelled) < settings.fusion.least_products
    wanted = settings.tagger_settings(adapter=resources.adapter is not None, few_labels=few)
    roster = TaggerRoster(wanted, settings.optional_taggers())
    roster.try_out(resources)
    if not labelled:
        roster.keep_label_free(resources)
    return roster


class _Clock:
    """Measures how long each stage takes; where stages overlap, the time counts for the one that began first."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self._start = self._last = time.perf_counter()
        self._running: list[str] = []
        self._lock = threading.Lock()

    def total(self) -> float:
        return time.perf_counter() - self._start

    def begin(self, name: str) -> None:
        with self._lock:
            self._count()
            self.seconds.setdefault(name, 0.0)
            self._running.append(name)

    def end(self, name: str) -> None:
        with self._lock:
            self._count()
            self._running.remove(name)

    def _count(self) -> None:
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[0]] += now - self._last
        self._last = now

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.begin(name)
        try:
            yield
        finally:
            self.end(name)


def keep_fusion(store: Store, folder: Path) -> None:
    """Copy the ranker and the thresholds of the last `fit` to a folder, for another `fit` to reuse."""
    fitted, about = store.published(FITTED)
    for name in (*ranker.FILES, held_out.FILE, detector.LEARNT):
        shutil.copyfile(fitted / name, folder / name)
    fused = {key: about[key] for key in ("fuser", "threshold", "thresholds")}
    (folder / _FUSION).write_text(json.dumps(fused, indent=1) + "\n", "utf-8")


def _take_fusion(source: Path, products: Sequence[Product], folder: Path) -> dict[str, Any]:
    for name in (*ranker.FILES, held_out.FILE):
        shutil.copyfile(source / name, folder / name)
    TagStatistics.of(products).save(folder)
    detector.reuse(source, products, folder)
    fused: dict[str, Any] = json.loads((source / _FUSION).read_text("utf-8"))
    return fused


def _fit_models(
    products: Sequence[Product],
    roster: TaggerRoster,
    resources: Resources,
    settings: FusionSection,
    fusion: Path | None,
    folder: Path,
    clock: _Clock,
    precision: float,
) -> dict[str, Any]:
    """Fit the taggers and the fusion into the folder; return what is published about the fusion."""
    labelled = sum(bool(product.tags) for product in products)
    learns = settings.fuser == "learned" and not fusion
    trains = learns and labelled >= settings.least_products
    judges = learns and labelled >= _LEAST_JUDGED
    judged = _judge_taggers(products, roster, resources, settings, clock) if judges else []
    with one_thread_per_core() as threads, clock.stage("ranker") if trains else contextlib.nullcontext():
        # The built-in taggers that take longest come last in the settings. Begun first, they end first.
        fitting = [
            (each.name, threads.submit(_fit_tagger, each, products, resources, folder / each.name, clock))
            for each in reversed(roster.wanted)
        ]
        if trains:
            novelty = threads.submit(_fit_detector, products, judged, roster, resources, folder, settings.seed)
            fused = _fit_ranker(
                products, judged, roster.names, settings, folder, clock.progress, resources.vocabulary.facet, precision
            )
            novelty.result()
        elif judges:
            fused = _choose_tagger(judged, [*roster.label_free(resources), *roster.names])
        elif fusion:
            fused = _take_fusion(fusion, products, folder)
        else:
            fuser = "weighted_sum" if settings.fuser == "learned" else settings.fuser
            fused = {"fuser": fuser, "threshold": _UNTRAINED_THRESHOLD, "thresholds": {}}
        taggers = _collect_taggers(fitting, roster, folder, clock.progress)
    if not (trains or fusion):
        detector.recognise_content(products).save(folder)
    label_free = {name: tagger for name, tagger in taggers.items() if tagger.label_free}
    if learns and not judges and label_free:
        fused |= _trust(label_free, products, settings.candidates)
    return fused


def _choose_tagger(judged: Sequence[FoldPredictions], names: Sequence[str]) -> dict[str, Any]:
    """Choose the tagger that decides alone; of equals the first."""
    thresholds = {name: own_threshold(name, judged) for name in names}
    best = best_tagger(thresholds, judged)
    return {
        "fuser": "weighted_sum",
        "weights": {best: 1.0},
        "threshold": thresholds[best],
        "thresholds": thresholds,
    }


def _trust(taggers: Mapping[str, BaseTagger], products: Sequence[Product], candidates: int) -> dict[str, Any]:
    """Let these taggers decide, with the threshold that is best if their mean scores are right as probabilities."""
    weights = dict.fromkeys(taggers, 1.0)
    asked = products[:_EXPECTED_ON]
    rankings = {name: tagger.suggest(asked, candidates) for name, tagger in taggers.items()}
    expected = expected_threshold(weighted(weights).score(asked, rankings).rankings(candidates))
    return {"weights": weights, "threshold": _UNTRAINED_THRESHOLD if expected is None else expected}


def _judge_taggers(
    products: Sequence[Product], roster: TaggerRoster, resources: Resources, fusion: FusionSection, clock: _Clock
) -> list[FoldPredictions]:
    """Run the taggers out of fold; if an optional one fails, start again without it."""
    while True:
        try:
            with clock.stage("out of fold"):
                return out_of_fold(products, roster.wanted, resources, fusion, clock.progress)
        except TagweaveError as error:
            roster.leave_out(error.plugin, error)


def _fit_ranker(
    products: Sequence[Product],
    judged: Sequence[FoldPredictions],
    names: Sequence[str],
    fusion: FusionSection,
    folder: Path,
    progress: Progress,
    facet_of: Callable[[str], str],
    precision: float,
) -> dict[str, Any]:
    progress("train the ranker", 0, 1)
    result = train_ranker(judged, TagStatistics.of(products), names, fusion.ranker, _SHOWN, seed=fusion.seed)
    result.ranker.save(folder)
    progress("train the ranker", 1, 1)
    fused = [ranking for of_part in result.rankings for ranking in of_part]
    gold = [tags for part in judged for tags in part.gold]
    threshold = metrics.best_threshold(fused, gold)
    thresholds = {name: own_threshold(name, judged) for name in names}
    held = held_out.of_folds(judged, result.rankings, {FUSED: threshold, **thresholds}, fusion.acceptance)
    held.save(folder / held_out.FILE)
    about: dict[str, Any] = {"fuser": "learned", "threshold": threshold, "thresholds": thresholds}
    if precision:
        about["tag_thresholds"] = fit_thresholds(fused, gold, facet_of, precision).as_dict()
    return about


def _fit_detector(
    products: Sequence[Product],
    judged: Sequence[FoldPredictions],
    roster: TaggerRoster,
    resources: Resources,
    folder: Path,
    seed: int,
) -> None:
    """Fit what tells products of other kinds apart, from what the taggers found out of fold, and save it."""
    knn, lexical = (next((each for each in roster.wanted if _plugin(each) == name), None) for name in _JUDGES)
    sources = detector.Sources(knn.name if knn else "", lexical.name if lexical else "")
    nothing: list[Ranking] = []
    named = {
        product.id: ranking
        for part in judged
        if part.whole
        for product, ranking in zip(
            part.products, part.rankings.get(sources.names, nothing) or [[]] * len(part.products), strict=True
        )
    }
    vectors = resources.encoder.encode([product.text for product in products])
    options = knn.options if knn else {}
    neighbours = int(options.get("neighbours", _NEIGHBOURS))
    fitted = detector.fit_detector(products, vectors, named, sources, neighbours=neighbours, seed=seed)
    fitted.save(folder)


def _plugin(settings: PluginSettings) -> str:
    return settings.plugin or settings.name


def _collect_taggers(
    fitting: Sequence[tuple[str, Future[GuardedTagger]]], roster: TaggerRoster, folder: Path, progress: Progress
) -> dict[str, GuardedTagger]:
    """Wait for the taggers and return them; an optional one that failed is left out."""
    taggers = {}
    for number, (name, fitted) in enumerate(fitting):
        progress("fit taggers", number, len(fitting))
        try:
            taggers[name] = fitted.result()
        except TagweaveError as error:
            roster.leave_out(name, error)
            shutil.rmtree(folder / name, ignore_errors=True)
    progress("fit taggers", len(fitting), len(fitting))
    return taggers


def _fit_tagger(
    settings: PluginSettings, products: Sequence[Product], resources: Resources, folder: Path, clock: _Clock
) -> GuardedTagger:
    with clock.stage(settings.name):
        tagger = fit_tagger(settings, resources, products)
        if isinstance(tagger, Trainable):
            folder.mkdir()
            tagger.save(folder)
        return tagger
