"""Choose how to fuse, and which tags to accept, with too few labels to train a ranker."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tagger.evaluation import metrics
from tagger.fusion.fuser import weighted
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.types import Ranking

# The length of fused rankings.
_LIMIT = 50


def own_threshold(name: str, judged: Sequence[FoldPredictions]) -> float:
    """Tune one tagger's threshold on its out-of-fold predictions."""
    return metrics.best_threshold(*_predictions({name: 1.0}, judged))


class Weighted(NamedTuple):
    """Weights of taggers, and the micro-F1 of their mean out of fold at its own best threshold."""

    f1: float
    weights: Mapping[str, float]
    threshold: float


def best_weights(tried: Sequence[Mapping[str, float]], judged: Sequence[FoldPredictions]) -> Weighted:
    """Return the weights with the highest micro-F1; ties go to the first."""

    def judge(weights: Mapping[str, float]) -> Weighted:
        rankings, gold = _predictions(weights, judged)
        threshold = metrics.best_threshold(rankings, gold)
        return Weighted(metrics.micro_f1(metrics.accept(rankings, threshold), gold), weights, threshold)

    return max(map(judge, tried), key=lambda each: each.f1)


def _predictions(
    weights: Mapping[str, float], judged: Sequence[FoldPredictions]
) -> tuple[list[Ranking], list[tuple[str, ...]]]:
    asked = [part for part in judged if part.whole and weights.keys() <= part.rankings.keys()]
    fuser = weighted(weights)
    rankings = [
        ranking
        for part in asked
        for ranking in fuser.score(part.products, {name: part.rankings[name] for name in weights}).rankings(_LIMIT)
    ]
    return rankings, [tags for part in asked for tags in part.gold]


def expected_threshold(rankings: Sequence[Ranking]) -> float | None:
    """Return the threshold with the highest expected micro-F1 if the scores are probabilities; None without scores.

    With p as the probabilities, the expected F1 of the k most probable tags is about 2 (p1 + ... + pk) / (k + sum of
    all p): the ratio of the expectations.
    """
    scores = np.sort([score for ranking in rankings for _, score in ranking])[::-1]
    if not len(scores):
        return None
    expected = 2 * np.cumsum(scores) / (np.arange(1, len(scores) + 1) + scores.sum())
    return metrics.threshold_with_best(scores, expected)
