"""Metrics of a system on a set, overall and by slice."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from index.product import Product
from tagger.evaluation import error_analysis as diagnosis
from tagger.evaluation import metrics
from tagger.fusion.acceptance import accepted_tags, expected_f1
from tagger.types import Ranking

PLACES = (1, 3, 5, 10)
_TAIL = 5
_SHORT = 40

Figures = dict[str, float]


class SystemOutput(NamedTuple):
    """A system's rankings for the test products, and its acceptance threshold."""

    rankings: Sequence[Ranking]
    threshold: float

    @property
    def accepted(self) -> list[list[str]]:
        """The accepted tags of each product."""
        return metrics.accept(self.rankings, self.threshold)


def figures(judged: SystemOutput, products: Sequence[Product], training: Sequence[Product]) -> Figures:
    """Return all metrics of a system on the test products."""
    rankings, threshold = judged
    gold = [product.tags for product in products]
    frequency = Counter(tag for product in training for tag in product.tags)
    propensity = metrics.propensities(frequency, len(training))
    found: Figures = {}
    for k in PLACES:
        precision, recall = (at(k, rankings, gold) for at in (metrics.precision_at, metrics.recall_at))
        found |= {
            f"precision@{k}": precision,
            f"recall@{k}": recall,
            f"f1@{k}": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
            f"ndcg@{k}": metrics.ndcg_at(k, rankings, gold),
            f"psp@{k}": metrics.propensity_scored_precision_at(k, rankings, gold, propensity),
        }
    return found | {
        "micro_f1": metrics.micro_f1(judged.accepted, gold),
        "macro_f1": metrics.macro_f1(judged.accepted, gold),
        "sample_f1": metrics.sample_f1(judged.accepted, gold),
        "ece": metrics.calibration_error(rankings, gold),
        "brier": metrics.brier_score(rankings, gold),
        "coverage@95": metrics.coverage_at_precision(0.95, rankings, gold),
        "threshold": threshold,
    }


def ndcg10(judged: SystemOutput, products: Sequence[Product]) -> np.ndarray:
    """Return each product's nDCG@10, shape (products,)."""
    pairs = zip(judged.rankings, products, strict=True)
    return np.array([metrics.ndcg_at(10, [ranking], [product.tags]) for ranking, product in pairs])


def by_set(judged: SystemOutput, products: Sequence[Product]) -> Figures:
    """Return the F1 metrics if each product gets the set of tags with the highest expected F1."""
    accepted = accepted_tags(judged.rankings, expected_f1)
    gold = [product.tags for product in products]
    figures = {"micro_f1": metrics.micro_f1, "macro_f1": metrics.macro_f1, "sample_f1": metrics.sample_f1}
    return {name: figure(accepted, gold) for name, figure in figures.items()}


class Slice(NamedTuple):
    """The positions of some test products, and a filter for their tags."""

    at: list[int]
    wanted: Callable[[str], bool]


def slices(training: Sequence[Product], products: Sequence[Product]) -> dict[str, Slice]:
    """Return slices of products by language and text, and of tags by frequency. Slices overlap."""
    frequency = Counter(tag for product in training for tag in product.tags)
    of_products: Mapping[str, Callable[[Product], bool]] = {
        "Chinese": lambda product: product.lang == "zh",
        "English": lambda product: product.lang == "en",
        "other languages": lambda product: product.lang not in ("zh", "en"),
        "short texts": lambda product: len(product.text) < _SHORT,
        "long texts": lambda product: len(product.text) >= _SHORT,
        "with description": lambda product: bool(product.description.strip()),
        "without description": lambda product: not product.description.strip(),
    }
    of_tags: Mapping[str, Callable[[str], bool]] = {
        "head tags": lambda tag: frequency[tag] >= _TAIL,
        "tail tags": lambda tag: 0 < frequency[tag] < _TAIL,
        "new tags": lambda tag: not frequency[tag],
    }
    found = {
        label: Slice([place for place, product in enumerate(products) if belongs(product)], lambda tag: True)
        for label, belongs in of_products.items()
    }
    return found | {
        label: Slice([place for place, product in enumerate(products) if any(map(wanted, product.tags))], wanted)
        for label, wanted in of_tags.items()
    }


def reliability(judged: SystemOutput, products: Sequence[Product]) -> list[dict[str, float]]:
    """Return, for each tenth of probability, the count, the mean probability and the precision of its suggestions."""
    bins = diagnosis.reliability(judged.rankings, [product.tags for product in products])
    return [{"count": each.suggestions, "probability": each.score, "right": each.right} for each in bins]
