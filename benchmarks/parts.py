"""Measure the value of each tagger to the fusion: fuse every pair of taggers, and all but one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from index.progress import silent
from index.store import FITTED, Store
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import candidates
from tagger.fusion.out_of_fold import FoldPredictions, out_of_fold
from tagger.fusion.ranker_training import train_ranker
from tagger.gbdt import TreeSettings
from tagger.load import adapter_of, encoder_of, resources_of
from tagger.settings import settings_from

ALL_PARTS = "all parts"
_SHOWN = 50
# A fifth of the trees with three times the learning rate. The full fusion loses a tenth of a point and takes a fifth of
# the time, and there are about twenty fusions.
_QUICK_ROUNDS, _QUICK_RATE = 40, 0.15


def parts_of(store: Store, parts: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return rankings of fusions of fewer taggers, and of all taggers fused in the same way, for each part's products.

    `said` holds each tagger's rankings for each part. All fusions learn from one pass of out-of-fold predictions, like
    `fit`.
    """
    settings = settings_from(store.published(FITTED)[1]["settings"])
    resources = resources_of(store, settings, encoder_of(store, settings), adapter_of(store))
    products = store.catalogue.products(labelled=True)
    judged = out_of_fold(products, settings.tagger_settings(adapter=False), resources, settings.fusion, silent)
    statistics = TagStatistics.of(products)
    quick = replace(settings.fusion.ranker, rounds=_QUICK_ROUNDS, learning_rate=_QUICK_RATE)
    found = {}
    for label, names in _subsets(list(next(iter(said.values())))).items():
        result = _fuse(judged, statistics, names, quick)
        found[label] = {
            part: result.ranker.score(asked, {name: said[part][name] for name in names}).rankings(_SHOWN)
            for part, asked in parts.items()
        }
    return found


def _subsets(names: Sequence[str]) -> dict[str, list[str]]:
    pairs = {" + ".join(pair): list(pair) for pair in combinations(names, 2)}
    return {ALL_PARTS: list(names)} | pairs | {f"without {name}": [o for o in names if o != name] for name in names}


def _fuse(
    judged: Sequence[FoldPredictions], statistics: TagStatistics, names: Sequence[str], settings: TreeSettings
) -> Any:
    fewer = []
    for part in judged:
        rankings = {name: part.rankings[name] for name in names}
        table = candidates(part.products, rankings, part.statistics, names)
        fewer.append(replace(part, rankings=rankings, table=table))
    return train_ranker(fewer, statistics, names, settings, _SHOWN)
