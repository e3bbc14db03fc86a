"""Compare two settings on the same held-out products: the size and the significance of the difference."""

from dataclasses import dataclass

import numpy as np

from tagger.evaluation import metrics
from tagger.evaluation.bootstrap import Difference, mean_difference, ratio, ratio_difference
from tagger.evaluation.held_out import HeldOut
from tagger.fusion.acceptance import Acceptance

_PLACES = 10


@dataclass(frozen=True)
class Setting:
    """A system and its acceptance rule; None stands for the system's own."""

    system: str
    accepts: Acceptance | None = None


@dataclass(frozen=True)
class ComparedMetric:
    """One metric of two settings, and the gain of the second with its 95 % interval."""

    figure: str
    before: float
    after: float
    difference: Difference


def compare(held: HeldOut, before: Setting, after: Setting) -> list[ComparedMetric]:
    """Compare precision, recall, micro-F1, nDCG@10 and the number of accepted tags per product."""
    one, other = (_counts(held, setting) for setting in (before, after))
    shares = {
        "precision": (one[:, [0, 1]], other[:, [0, 1]]),
        "recall": (one[:, [0, 2]], other[:, [0, 2]]),
        "micro_f1": (_f1_parts(one), _f1_parts(other)),
    }
    found = [_of_shares(name, *pair) for name, pair in shares.items()]
    ndcg = [_ndcg(held, setting.system) for setting in (before, after)]
    return [
        *found,
        _of_means("ndcg@10", *ndcg),
        _of_means("accepted tags", one[:, 1].astype(float), other[:, 1].astype(float)),
    ]


def _counts(held: HeldOut, setting: Setting) -> np.ndarray:
    """Return each product's number of correct, accepted and gold tags, int (products, 3)."""
    pairs = zip(held.accepted(setting.system, setting.accepts), held.gold, strict=True)
    return np.array([(len(said.intersection(tags)), len(said), len(tags)) for said, tags in pairs], int)


def _f1_parts(counts: np.ndarray) -> np.ndarray:
    """Return numerator and denominator of micro-F1: twice the correct tags, and accepted plus gold tags."""
    return np.column_stack([2 * counts[:, 0], counts[:, 1] + counts[:, 2]])


def _ndcg(held: HeldOut, system: str) -> np.ndarray:
    pairs = zip(held.rankings[system], held.gold, strict=True)
    return np.array([metrics.ndcg_at(_PLACES, [ranking], [tags]) for ranking, tags in pairs])


def _of_shares(name: str, one: np.ndarray, other: np.ndarray) -> ComparedMetric:
    before, after = (float(ratio(counts.sum(0))) for counts in (one, other))
    return ComparedMetric(name, before, after, ratio_difference(one, other))


def _of_means(name: str, one: np.ndarray, other: np.ndarray) -> ComparedMetric:
    return ComparedMetric(name, float(one.mean()), float(other.mean()), mean_difference(one, other))
