"""Choose how to fuse, and which tags to accept, with too few labels to train a ranker."""

from collections.abc import Mapping, Sequence

import numpy as np

from tagger.evaluation import metrics
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.types import Ranking


def own_threshold(name: str, judged: Sequence[FoldPredictions]) -> float:
    """Tune one tagger's threshold on its out-of-fold predictions."""
    return metrics.best_threshold(*_predictions(name, judged))


def best_tagger(thresholds: Mapping[str, float], judged: Sequence[FoldPredictions]) -> str:
    """Return the tagger with the highest micro-F1 out of fold, at its own threshold; ties go to the first."""

    def f1(name: str) -> float:
        rankings, gold = _predictions(name, judged)
        return metrics.micro_f1(metrics.accept(rankings, thresholds[name]), gold)

    return max(thresholds, key=f1)


def _predictions(name: str, judged: Sequence[FoldPredictions]) -> tuple[list[Ranking], list[tuple[str, ...]]]:
    asked = [part for part in judged if part.whole and name in part.rankings]
    rankings = [ranking for part in asked for ranking in part.rankings[name]]
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
