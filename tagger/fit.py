"""Fit a store's models on its labelled products: taggers, ranker, calibration and thresholds."""

import contextlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import BadInput, TagweaveError
from index.messages import english_texts
from index.product import Product
from index.progress import Progress
from index.store import FITTED, Store
from tagger.evaluation import held_out, metrics
from tagger.evaluation.evaluate import FUSED
from tagger.fusion import ranker
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.out_of_fold import FoldPredictions, fit_tagger, out_of_fold
from tagger.fusion.ranker_training import train_ranker
from tagger.fusion.settings import FusionSection
from tagger.load import ADAPTER_COPY, adapter_of, encoder_of, resources_of
from tagger.plugins import INDEXES, PluginSettings, Resources, Trainable
from tagger.plugins.roster import TaggerRoster
from tagger.settings import Settings, as_dict
from tagger.vocabulary.product_tags import canonical

_SHOWN = 50
_FUSION = "fusion.json"
_UNTRAINED_THRESHOLD = 0.5


@dataclass(frozen=True)
class Report:
    """The result of `fit`; `without` gives the reason for each optional tagger that was left out."""

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
    Raises `BadInput` if no product has tags.
    """
    clock = _Clock(progress)
    products = store.catalogue.products(labelled=True)
    if not products:
        raise BadInput("fit.no-labels", folder=store.folder)
    encoder = encoder_of(store, settings)
    resources = resources_of(store, settings, encoder, adapter_of(store))
    roster = TaggerRoster(settings.tagger_settings(adapter=resources.adapter is not None), settings.optional_taggers())
    roster.try_out(resources)
    INDEXES.check(settings.index.plugin, settings.index.options)
    with clock.stage("encode"):
        encoder.warm([product.text for product in products], progress)
    # A tag that was merged since the products were ingested is learnt under the name it was merged into.
    products = [product for product in canonical(products, resources.vocabulary) if product.tags]
    about: dict[str, Any] = {}
    with store.publication(FITTED, about) as folder:
        if fusion:
            fused = _take_fusion(fusion, products, folder)
        else:
            fused = _fit_fusion_of(products, roster, resources, settings.fusion, folder, clock)
        _fit_taggers(products, roster, resources, folder, clock)
        if resources.adapter:
            shutil.copytree(resources.adapter, folder / ADAPTER_COPY)
        about |= {
            "settings": as_dict(settings),
            "taggers": roster.names,
            "encoder": encoder.name,
            "products": len(products),
            "fingerprint": store.catalogue.fingerprint(),
            "adapter": resources.adapter.name if resources.adapter else None,
            **fused,
        }
    tags = {tag for product in products for tag in product.tags}
    return Report(
        seconds=clock.total(),
        products=len(products),
        tags=len(tags),
        taggers=roster.names,
        fuser=fused["fuser"],
        threshold=fused["threshold"],
        stages=clock.seconds,
        without=english_texts(roster.without),
    )


class _Clock:
    """Measures how long each stage takes."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self._start = time.perf_counter()

    def total(self) -> float:
        return time.perf_counter() - self._start

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def keep_fusion(store: Store, folder: Path) -> None:
    """Copy the ranker and the thresholds of the last `fit` to a folder, for another `fit` to reuse."""
    fitted, about = store.published(FITTED)
    for name in (*ranker.FILES, held_out.FILE):
        shutil.copyfile(fitted / name, folder / name)
    fused = {key: about[key] for key in ("fuser", "threshold", "thresholds")}
    (folder / _FUSION).write_text(json.dumps(fused, indent=1) + "\n", "utf-8")


def _take_fusion(source: Path, products: Sequence[Product], folder: Path) -> dict[str, Any]:
    for name in (*ranker.FILES, held_out.FILE):
        shutil.copyfile(source / name, folder / name)
    TagStatistics.of(products).save(folder)
    fused: dict[str, Any] = json.loads((source / _FUSION).read_text("utf-8"))
    return fused


def _fit_fusion_of(
    products: Sequence[Product],
    roster: TaggerRoster,
    resources: Resources,
    fusion: FusionSection,
    folder: Path,
    clock: _Clock,
) -> dict[str, Any]:
    """Fit the fusion; if an optional tagger fails, start again without it."""
    while True:
        try:
            return _fit_fusion(products, roster.wanted, resources, fusion, folder, clock)
        except TagweaveError as error:
            roster.leave_out(error.plugin, error)


def _fit_fusion(
    products: Sequence[Product],
    wanted: Sequence[PluginSettings],
    resources: Resources,
    fusion: FusionSection,
    folder: Path,
    clock: _Clock,
) -> dict[str, Any]:
    if fusion.fuser != "learned" or len(products) < fusion.least_products:
        fuser = "weighted_sum" if fusion.fuser == "learned" else fusion.fuser
        return {"fuser": fuser, "threshold": _UNTRAINED_THRESHOLD, "thresholds": {}}
    with clock.stage("out of fold"):
        judged = out_of_fold(products, wanted, resources, fusion, clock.progress)
    with clock.stage("ranker"):
        return _fit_ranker(products, judged, [each.name for each in wanted], fusion, folder, clock.progress)


def _fit_ranker(
    products: Sequence[Product],
    judged: Sequence[FoldPredictions],
    names: Sequence[str],
    fusion: FusionSection,
    folder: Path,
    progress: Progress,
) -> dict[str, Any]:
    progress("train the ranker", 0, 1)
    result = train_ranker(judged, TagStatistics.of(products), names, fusion.ranker, _SHOWN, seed=fusion.seed)
    result.ranker.save(folder)
    progress("train the ranker", 1, 1)
    fused = [ranking for of_part in result.rankings for ranking in of_part]
    gold = [tags for part in judged for tags in part.gold]
    threshold = metrics.best_threshold(fused, gold)
    thresholds = {name: _own_threshold(name, judged) for name in names}
    held = held_out.of_folds(judged, result.rankings, {FUSED: threshold, **thresholds}, fusion.acceptance)
    held.save(folder / held_out.FILE)
    return {"fuser": "learned", "threshold": threshold, "thresholds": thresholds}


def _own_threshold(name: str, judged: Sequence[FoldPredictions]) -> float:
    """Tune one tagger's threshold on its out-of-fold predictions."""
    asked = [part for part in judged if part.whole and name in part.rankings]
    rankings = [ranking for part in asked for ranking in part.rankings[name]]
    return metrics.best_threshold(rankings, [tags for part in asked for tags in part.gold])


def _fit_taggers(
    products: Sequence[Product], roster: TaggerRoster, resources: Resources, folder: Path, clock: _Clock
) -> None:
    wanted = tuple(roster.wanted)
    for number, each in enumerate(wanted):
        clock.progress("fit taggers", number, len(wanted))
        try:
            with clock.stage(each.name):
                _fit_tagger(each, products, resources, folder / each.name)
        except TagweaveError as error:
            roster.leave_out(each.name, error)
            shutil.rmtree(folder / each.name, ignore_errors=True)
    clock.progress("fit taggers", len(wanted), len(wanted))


def _fit_tagger(settings: PluginSettings, products: Sequence[Product], resources: Resources, folder: Path) -> None:
    tagger = fit_tagger(settings, resources, products)
    if isinstance(tagger, Trainable):
        folder.mkdir()
        tagger.save(folder)
