"""Evaluate a pipeline and each of its taggers on held-out labelled products."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.batching import report_batches
from index.catalogue.catalogue import Catalogue
from index.errors import BadInput
from index.product import Product
from index.progress import Progress
from tagger.evaluation import metrics
from tagger.pipeline import Pipeline
from tagger.types import NotAsked, Ranking

log = logging.getLogger(__name__)

FUSED = "fused"
_BATCH = 256
# Number of fused tags per product that are evaluated.
PLACES = 50


@dataclass(frozen=True)
class Evaluation:
    """Metrics of each system by name, the fused one first."""

    n: int
    seconds: float
    systems: Mapping[str, Mapping[str, float]]


def evaluate(
    pipeline: Pipeline, products: Sequence[Product], thresholds: Mapping[str, float], progress: Progress
) -> Evaluation:
    """Compare what each system suggests with the products' own tags.

    `thresholds` has the threshold of each single tagger, tuned when the store was fitted. Raises `BadInput` if no
    product has tags.
    """
    labelled = [product for product in products if product.tags]
    if not labelled:
        raise BadInput("evaluate.no-labels")
    start = time.perf_counter()
    said = _rankings(pipeline, labelled, progress)
    gold = [product.tags for product in labelled]
    thresholds = {FUSED: pipeline.threshold, **thresholds}
    systems = {}
    for name, rankings in said.items():
        threshold = thresholds.get(name, 0.5)
        taken = pipeline.accept(rankings) if name == FUSED else metrics.accept(rankings, threshold)
        systems[name] = {**figures(rankings, taken, gold), "threshold": threshold}
    return Evaluation(len(labelled), time.perf_counter() - start, systems)


def unseen(products: Sequence[Product], catalogue: Catalogue) -> list[Product]:
    """Return the products whose text no labelled product of the catalogue has; only they give fair metrics."""
    seen = {each.text for each in catalogue.products(labelled=True)}
    return [each for each in products if each.text not in seen]


def _rankings(pipeline: Pipeline, products: Sequence[Product], progress: Progress) -> dict[str, list[Ranking]]:
    said: dict[str, list[Ranking]] = {name: [] for name in (FUSED, *pipeline.taggers)}
    for batch in report_batches(products, _BATCH, "evaluate", progress):
        outputs = pipeline.ask(batch)
        scored = pipeline.score(batch, outputs.rankings, pipeline.familiarity(batch, outputs))
        said[FUSED] += pipeline.to_current_names(scored.rankings(PLACES))
        for name, of_name in outputs.rankings.items():
            said[name] += pipeline.to_current_names([each for each in of_name if not isinstance(each, NotAsked)])
    failed = [name for name, of_name in said.items() if len(of_name) < len(products)]
    for name in failed:
        log.warning("%s could not be asked about all products and is left out", name)
    return {name: of_name for name, of_name in said.items() if name not in failed}


def figures(rankings: Sequence[Ranking], taken: metrics.Gold, gold: metrics.Gold) -> dict[str, float]:
    """Return all metrics of one system; `taken` has each product's accepted tags."""
    return {
        "precision@1": metrics.precision_at(1, rankings, gold),
        "precision@3": metrics.precision_at(3, rankings, gold),
        "precision@5": metrics.precision_at(5, rankings, gold),
        "recall@5": metrics.recall_at(5, rankings, gold),
        "recall@20": metrics.recall_at(20, rankings, gold),
        "ndcg@5": metrics.ndcg_at(5, rankings, gold),
        "ndcg@10": metrics.ndcg_at(10, rankings, gold),
        "micro_f1": metrics.micro_f1(taken, gold),
        "macro_f1": metrics.macro_f1(taken, gold),
        "sample_f1": metrics.sample_f1(taken, gold),
        "ece": metrics.calibration_error(rankings, gold),
    }
