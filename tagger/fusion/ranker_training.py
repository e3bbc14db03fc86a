"""Train the learned ranker on out-of-fold predictions of the taggers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from tagger.fusion.calibration import fit_by_language
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.fusion.ranker import LearnedRanker, companies, languages, rankings_of
from tagger.gbdt import GbdtModel, TreeSettings, fit_trees, sigmoid
from tagger.types import Ranking

# The second pass has few features and only corrects the first, so it needs fewer trees.
_SECOND_ROUNDS = 100


@dataclass(frozen=True)
class Trained:
    """The ranker, and its calibrated out-of-fold rankings for each entry of the training data."""

    ranker: LearnedRanker
    rankings: list[list[Ranking]]


@dataclass(frozen=True)
class Rows:
    """Training rows of one entry: features, (candidates, columns); the rest is (candidates,).

    `offsets` are the initial logits; `teach` marks the candidates that the ranker learns from.
    """

    fold: int
    features: np.ndarray
    targets: np.ndarray
    offsets: np.ndarray
    teach: np.ndarray


def train_ranker(
    judged: Sequence[FoldPredictions],
    statistics: TagStatistics,
    taggers: Sequence[str],
    settings: TreeSettings,
    limit: int,
    *,
    seed: int = 0,
) -> Trained:
    """Train both passes, and calibrate them on out-of-fold scores.

    The second pass trains on out-of-fold logits of the first. `limit` is the length of the returned rankings.
    """
    first_rows = [_rows(part) for part in judged]
    first_logits = cross_fit(first_rows, settings, seed)
    second_rows = [
        replace(rows, features=companies(part.table, logits, part.statistics), offsets=logits)
        for part, rows, logits in zip(judged, first_rows, first_logits, strict=True)
    ]
    later = replace(settings, rounds=_SECOND_ROUNDS)
    logits = cross_fit(second_rows, later, seed)
    scores = [sigmoid(each[rows.teach]) for each, rows in zip(logits, first_rows, strict=True)]
    taught = [part.table.only(part.teaches) for part in judged]
    told = [languages(table, part.products) for table, part in zip(taught, judged, strict=True)]
    targets = np.concatenate([rows.targets[rows.teach] for rows in first_rows])
    calibration = fit_by_language(np.concatenate(scores), targets, list(chain(*told)))
    ranker = LearnedRanker(
        _fit_trees(first_rows, settings, seed), _fit_trees(second_rows, later, seed), statistics, taggers, calibration
    )
    parts = zip(taught, scores, told, strict=True)
    rankings = [rankings_of(table, calibration(each, spoken), limit) for table, each, spoken in parts]
    return Trained(ranker, rankings)


def _rows(part: FoldPredictions) -> Rows:
    table = part.table
    teach = np.array([part.teaches(tag) for tag in table.tags], bool)
    return Rows(part.fold, table.features, table.targets(part.gold), np.zeros(len(table.tags)), teach)


def cross_fit(rows: Sequence[Rows], settings: TreeSettings, seed: int = 0) -> list[np.ndarray]:
    """Return the logits of each entry from trees trained on the entries of all other folds."""
    grown_without = {
        held: _fit_trees([each for each in rows if each.fold != held], settings, seed + held)
        for held in sorted({each.fold for each in rows})
    }
    return [grown_without[each.fold].logits(each.features) + each.offsets for each in rows]


def _fit_trees(rows: Sequence[Rows], settings: TreeSettings, seed: int) -> GbdtModel:
    features = np.concatenate([each.features[each.teach] for each in rows])
    targets = np.concatenate([each.targets[each.teach] for each in rows])
    offsets = np.concatenate([each.offsets[each.teach] for each in rows])
    # With offsets LightGBM starts boosting from them, even if all are 0 (p = 0.5); without, it starts from the base
    # rate. Starting from p = 0.5, it may find no split at all if few candidates are right.
    return fit_trees(features, targets, settings, offsets if offsets.any() else None, seed=seed)
