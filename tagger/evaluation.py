"""Measure a pipeline and each of its taggers on held-out labelled products."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from index.errors import BadInput
from index.product import Product
from index.progress import Progress
from tagger import metrics
from tagger.pipeline import Pipeline
from tagger.suggestion import Ranking
from tagger.vocabulary import Vocabulary

FUSED = "fused"
_BATCH = 256
_SHOWN = 50


@dataclass(frozen=True)
class Evaluation:
    """Figures of each system, by name, the fused one first."""

    n: int
    seconds: float
    systems: Mapping[str, Mapping[str, float]]


def evaluate(
    pipeline: Pipeline, products: Sequence[Product], thresholds: Mapping[str, float], progress: Progress
) -> Evaluation:
    """Compare what each system suggests with the products' own tags.

    `thresholds` holds each single tagger's, tuned when the store was fitted. Raises `BadInput` where no product has
    tags.
    """
    labelled = [product for product in products if product.tags]
    if not labelled:
        raise BadInput("no product to evaluate on has tags")
    start = time.perf_counter()
    said = _rankings(pipeline, labelled, progress)
    gold = [product.tags for product in labelled]
    thresholds = {FUSED: pipeline.threshold, **thresholds}
    systems = {name: figures(rankings, gold, thresholds.get(name, 0.5)) for name, rankings in said.items()}
    return Evaluation(len(labelled), time.perf_counter() - start, systems)


def canonical(products: Sequence[Product], vocabulary: Vocabulary) -> list[Product]:
    """Return the products with their tags under the vocabulary's own names."""
    return [replace(each, tags=tuple(dict.fromkeys(map(vocabulary.canonical, each.tags)))) for each in products]


def _rankings(pipeline: Pipeline, products: Sequence[Product], progress: Progress) -> dict[str, list[Ranking]]:
    said: dict[str, list[Ranking]] = {name: [] for name in (FUSED, *pipeline.taggers)}
    for start in range(0, len(products), _BATCH):
        batch = products[start : start + _BATCH]
        progress("evaluate", start, len(products))
        rankings = pipeline.rankings(batch)
        said[FUSED] += pipeline.fuser.fuse(batch, rankings, _SHOWN)
        for name, of_name in rankings.items():
            said[name] += of_name
    progress("evaluate", len(products), len(products))
    return said


def figures(rankings: Sequence[Ranking], gold: metrics.Gold, threshold: float) -> dict[str, float]:
    """Return all figures of one system."""
    return {
        "precision@1": metrics.precision_at(1, rankings, gold),
        "precision@3": metrics.precision_at(3, rankings, gold),
        "precision@5": metrics.precision_at(5, rankings, gold),
        "recall@5": metrics.recall_at(5, rankings, gold),
        "recall@20": metrics.recall_at(20, rankings, gold),
        "ndcg@5": metrics.ndcg_at(5, rankings, gold),
        "ndcg@10": metrics.ndcg_at(10, rankings, gold),
        "micro_f1": metrics.micro_f1(rankings, gold, threshold),
        "macro_f1": metrics.macro_f1(rankings, gold, threshold),
        "ece": metrics.calibration_error(rankings, gold),
        "threshold": threshold,
    }
