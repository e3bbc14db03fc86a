"""Train one system and measure it."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.batching import batched
from index.product import Product
from tagger.evaluation import error_analysis as diagnosis
from tagger.evaluation import metrics
from tagger.evaluation.evaluate import PLACES, figures
from tagger.fusion.out_of_fold import fit_tagger
from tagger.leaderboard.accuracy import TagSets, accuracy
from tagger.leaderboard.split import LeaderboardSplit
from tagger.plugins import BaseTagger, PluginSettings, Resources, Trainable, create_tagger
from tagger.types import Ranking

_BATCH = 128
_TIMED = 20
_SHOWN = 10
_CONFUSIONS = 10


def measure(
    system: PluginSettings, split: LeaderboardSplit, resources: Resources, sets: TagSets | None
) -> dict[str, Any]:
    """Fit a system on the training products; return its figures on the test products.

    The threshold is the one with the best micro-F1 on the validation products. `accuracy` is that of the facet that
    `sets` are of; without, a product counts if all of its tags are accepted and no other. `ms` is the median time of
    one answer by the saved system, `bytes` the size of its files.
    """
    start = time.perf_counter()
    tagger = fit_tagger(system, resources, split.training)
    seconds = time.perf_counter() - start
    threshold = metrics.best_threshold(
        rank_all(tagger, split.validation), [product.tags for product in split.validation]
    )
    rankings, gold = rank_all(tagger, split.test), [product.tags for product in split.test]
    accepted = metrics.accept(rankings, threshold)
    precision, recall = diagnosis.share(accepted, gold)
    exact = sum(set(one) == set(tags) for one, tags in zip(accepted, gold, strict=True)) / len(gold)
    wrong = diagnosis.confusions(accepted, gold, [product.id for product in split.test], _CONFUSIONS)
    return {
        **figures(rankings, accepted, gold),
        "precision": precision,
        "recall": recall,
        "accuracy": accuracy(rankings, gold, sets, threshold) if sets else exact,
        "threshold": threshold,
        "fit_seconds": seconds,
        **_cost(system, tagger, resources, split.test),
        "confusions": [{"missed": each.missed, "wrong": each.wrong, "products": each.products} for each in wrong],
    }


def score(system: PluginSettings, split: LeaderboardSplit, resources: Resources) -> float:
    """Fit a system on the training products; return its micro-F1 on the test products."""
    tagger = fit_tagger(system, resources, split.training)
    threshold = metrics.best_threshold(rank_all(tagger, split.validation), [each.tags for each in split.validation])
    return metrics.micro_f1(metrics.accept(rank_all(tagger, split.test), threshold), [each.tags for each in split.test])


def rank_all(tagger: BaseTagger, products: Sequence[Product]) -> list[Ranking]:
    """Return a ranking for each product."""
    return [ranking for batch in batched(products, _BATCH) for ranking in tagger.suggest(batch, PLACES)]


def _cost(
    system: PluginSettings, tagger: BaseTagger, resources: Resources, products: Sequence[Product]
) -> dict[str, float]:
    """Save the system and load it again, as a server would; measure its size and its answers."""
    with tempfile.TemporaryDirectory(prefix="tagweave-") as folder:
        size = 0
        if isinstance(tagger, Trainable):
            tagger.save(Path(folder))
            size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
            loaded = create_tagger(system, resources)
            assert isinstance(loaded, Trainable)
            loaded.load(Path(folder))
            tagger = loaded
        times = _milliseconds(tagger, products)
    return {"ms": statistics.median(times), "ms_max": max(times), "bytes": size}


def _milliseconds(tagger: BaseTagger, products: Sequence[Product]) -> list[float]:
    """Time single answers. No text was asked before: its vector would be remembered."""
    new = [replace(each, title=f"{each.title} {number}") for number, each in enumerate(products[: _TIMED + 1])]
    # The first answer loads what is loaded on first use.
    tagger.suggest(new[-1:], _SHOWN)
    times = []
    for product in new[:-1] or new:
        start = time.perf_counter()
        tagger.suggest([product], _SHOWN)
        times.append((time.perf_counter() - start) * 1000)
    return times
