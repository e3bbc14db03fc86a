"""Make a store's models: taggers, ranker, calibration and thresholds, from its labelled products."""

import contextlib
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import BadInput
from index.product import Product
from index.progress import Progress
from index.store import Store
from tagger import metrics, ranker
from tagger.features import Candidates, candidates
from tagger.opening import KIND, encoder_of, resources_of
from tagger.plugin import PluginSettings, Pretrained, Resources, Tagger, Trainable, create_tagger
from tagger.settings import FusionSection, Settings, as_dict
from tagger.statistics import TagStatistics
from tagger.suggestion import Ranking

_SHOWN = 50
# A pretrained tagger is slow (it writes text): so many products that it has not seen are enough to learn its worth.
_PRETRAINED_SAMPLE = 100
_UNTRAINED_THRESHOLD = 0.5


@dataclass(frozen=True)
class Report:
    """What `fit` did."""

    seconds: float
    products: int
    tags: int
    taggers: list[str]
    fuser: str
    threshold: float
    stages: Mapping[str, float]


@dataclass(frozen=True)
class _Fold:
    """Some products, and what taggers that had not seen them said of them."""

    products: list[Product]
    rankings: dict[str, list[Ranking]]
    table: Candidates

    @property
    def gold(self) -> list[tuple[str, ...]]:
        return [product.tags for product in self.products]


def fit(store: Store, settings: Settings, progress: Progress) -> Report:
    """Fit everything and publish it; the store must be open for writing.

    Raises `BadInput` where no product has tags. Vectors are kept as they are made, so a second call after a
    stop goes on where the first was.
    """
    clock = _Clock(progress)
    products = store.catalogue.products(labelled=True)
    if not products:
        raise BadInput(f"no product in {store.folder} has tags; ingest labelled products first")
    encoder = encoder_of(store, settings)
    with clock.stage("encode"):
        encoder.warm([product.text for product in products], progress)
    resources = resources_of(store, settings, encoder)
    wanted = settings.tagger_settings(adapter=resources.adapter is not None)
    about: dict[str, Any] = {}
    with store.publication(KIND, about) as folder:
        fused = _fit_fusion(products, wanted, resources, settings.fusion, folder, clock)
        _fit_taggers(products, wanted, resources, folder, clock)
        about |= {
            "settings": as_dict(settings),
            "taggers": [each.name for each in wanted],
            "encoder": encoder.name,
            "products": len(products),
            "fingerprint": store.catalogue.fingerprint(),
            "adapter": resources.adapter.name if resources.adapter else None,
            **fused,
        }
    tags = {tag for product in products for tag in product.tags}
    names = [each.name for each in wanted]
    return Report(clock.total(), len(products), len(tags), names, fused["fuser"], fused["threshold"], clock.seconds)


class _Clock:
    """Reports stages and remembers how long each took."""

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
        folds = _out_of_fold(products, wanted, resources, fusion, clock.progress)
    with clock.stage("ranker"):
        return _fit_ranker(products, folds, [each.name for each in wanted], fusion, folder, clock.progress)


def _fit_ranker(
    products: Sequence[Product],
    folds: Sequence[_Fold],
    names: Sequence[str],
    fusion: FusionSection,
    folder: Path,
    progress: Progress,
) -> dict[str, Any]:
    settings = fusion.ranker_settings()
    progress("train the ranker", 0, 2)
    tables = [fold.table for fold in folds]
    targets = [fold.table.targets(fold.gold) for fold in folds]
    scores = ranker.cross_fitted(tables, targets, names, settings)
    calibration = ranker.calibrated(scores, targets)
    progress("train the ranker", 1, 2)
    booster = ranker.grown(ranker.joined(tables), np.concatenate(targets), names, settings)
    ranker.LearnedRanker(booster, TagStatistics.of(products), names, calibration).save(folder)
    progress("train the ranker", 2, 2)
    fused = [
        ranking
        for fold, raw in zip(folds, scores, strict=True)
        for ranking in ranker.rankings_of(fold.table, calibration(raw), _SHOWN)
    ]
    gold = [tags for fold in folds for tags in fold.gold]
    return {
        "fuser": "learned",
        "threshold": metrics.best_threshold(fused, gold),
        "thresholds": {name: _own_threshold(name, folds) for name in names},
    }


def _own_threshold(name: str, folds: Sequence[_Fold]) -> float:
    """Tune a single tagger's threshold on the products that it had not seen."""
    asked = [fold for fold in folds if name in fold.rankings]
    rankings = [ranking for fold in asked for ranking in fold.rankings[name]]
    return metrics.best_threshold(rankings, [tags for fold in asked for tags in fold.gold])


def _out_of_fold(
    products: Sequence[Product],
    wanted: Sequence[PluginSettings],
    resources: Resources,
    fusion: FusionSection,
    progress: Progress,
) -> list[_Fold]:
    """Let taggers that were fitted on the other folds judge each fold.

    With more products than the ranker learns from, fewer folds are judged, each still by taggers that were fitted on
    all the others.
    """
    parts = _parts(products, fusion)
    built = {each.name: create_tagger(each, resources) for each in wanted}
    pretrained = {name: tagger for name, tagger in built.items() if isinstance(tagger, Pretrained)}
    folds: list[_Fold] = []
    progress("out of fold", 0, len(parts))
    for number, held in enumerate(parts):
        ids = {product.id for product in held}
        others = [product for product in products if product.id not in ids]
        folds += _judged(held, others, wanted, resources, pretrained, fusion)
        progress("out of fold", number + 1, len(parts))
    return folds


def _parts(products: Sequence[Product], fusion: FusionSection) -> list[list[Product]]:
    order = sorted(products, key=lambda product: hashlib.md5(f"{fusion.seed}{product.id}".encode()).digest())  # noqa: S324
    size = -(-len(order) // fusion.folds)
    if len(order) > fusion.most_products:
        size = -(-fusion.most_products // 2)
        order = order[: fusion.most_products]
    return [order[start : start + size] for start in range(0, len(order), size)]


def _judged(
    held: Sequence[Product],
    others: Sequence[Product],
    wanted: Sequence[PluginSettings],
    resources: Resources,
    pretrained: Mapping[str, Pretrained],
    fusion: FusionSection,
) -> list[_Fold]:
    """Return the held-out products in one fold, or in two where a pretrained tagger has seen some of them."""
    trained = {each.name: fitted_tagger(each, resources, others) for each in wanted if each.name not in pretrained}
    statistics = TagStatistics.of(others)
    fresh = [product for product in held if all(each.unseen(product) for each in pretrained.values())]
    fresh = fresh[: _PRETRAINED_SAMPLE // fusion.folds] if pretrained else fresh
    ids = {product.id for product in fresh}
    groups = [(fresh, {**trained, **pretrained}), ([product for product in held if product.id not in ids], trained)]
    names = [each.name for each in wanted]
    return [_fold(group, asked, statistics, names, fusion.candidates) for group, asked in groups if group]


def _fold(
    products: list[Product], taggers: Mapping[str, Tagger], statistics: TagStatistics, names: Sequence[str], limit: int
) -> _Fold:
    rankings = {name: tagger.suggest(products, limit) for name, tagger in taggers.items()}
    return _Fold(products, rankings, candidates(products, rankings, statistics, names))


def fitted_tagger(settings: PluginSettings, resources: Resources, products: Sequence[Product]) -> Tagger:
    """Build a tagger and, where it can learn, let it learn from these products."""
    tagger = create_tagger(settings, resources)
    if isinstance(tagger, Trainable):
        tagger.fit(products)
    return tagger


def _fit_taggers(
    products: Sequence[Product], wanted: Sequence[PluginSettings], resources: Resources, folder: Path, clock: _Clock
) -> None:
    for number, each in enumerate(wanted):
        clock.progress("fit taggers", number, len(wanted))
        with clock.stage(each.name):
            tagger = fitted_tagger(each, resources, products)
            if isinstance(tagger, Trainable):
                (folder / each.name).mkdir()
                tagger.save(folder / each.name)
    clock.progress("fit taggers", len(wanted), len(wanted))
