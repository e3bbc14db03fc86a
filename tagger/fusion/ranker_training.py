"""Train the learned ranker on out-of-fold predictions of the taggers."""

import math
from collections.abc import Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from tagger.fusion.calibration import fit_by_language
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import candidates
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.fusion.ranker import LearnedRanker, companies, languages, rankings_of
from tagger.gbdt import GbdtModel, TrainingRows, TreeSettings, sigmoid
from tagger.plugins.threads import one_thread_per_core
from tagger.types import Ranking

# The second pass has few features and only corrects the first, so it needs fewer trees: this share of the first's.
_SECOND_SHARE = 0.5


@dataclass(frozen=True)
class Trained:
    """The ranker, and its calibrated out-of-fold rankings for each entry of the training data.

    `without_reviewers` are the rankings of whole entries as they are if no reviewing tagger was asked.
    """

    ranker: LearnedRanker
    rankings: list[list[Ranking]]
    without_reviewers: list[list[Ranking]]


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
    reviewers: Collection[str] = (),
) -> Trained:
    """Train both passes, and calibrate them on out-of-fold scores.

    The second pass trains on out-of-fold logits of the first. `limit` is the length of the returned rankings, and
    `reviewers` are the names of the reviewing taggers.
    """
    first_rows = [_rows(part) for part in judged]
    later = replace(settings, rounds=math.ceil(settings.rounds * _SECOND_SHARE))
    with one_thread_per_core() as threads:
        first = CrossFit(first_rows, settings, threads, seed)
        second_rows = _second_rows(judged, first.logits_of(first_rows))
        second = CrossFit(second_rows, later, threads, seed)
        logits = second.logits_of(second_rows)
        scores = [sigmoid(each[rows.teach]) for each, rows in zip(logits, first_rows, strict=True)]
        taught = [part.table.only(part.teaches) for part in judged]
        told = [languages(table, part.products) for table, part in zip(taught, judged, strict=True)]
        targets = np.concatenate([rows.targets[rows.teach] for rows in first_rows])
        calibration = fit_by_language(np.concatenate(scores), targets, list(chain(*told)))
        ranker = LearnedRanker(first.whole(), second.whole(), statistics, taggers, calibration)
        unreviewed = [_unreviewed(part, taggers, reviewers) for part in judged if part.whole] if reviewers else []
        blind = second.logits_of(_second_rows(unreviewed, first.logits_of([_rows(part) for part in unreviewed])))
    parts = zip(taught, scores, told, strict=True)
    rankings = [rankings_of(table, calibration(each, spoken), limit) for table, each, spoken in parts]
    without = [
        rankings_of(part.table, calibration(sigmoid(each), languages(part.table, part.products)), limit)
        for part, each in zip(unreviewed, blind, strict=True)
    ]
    return Trained(ranker, rankings, without)


def _unreviewed(part: FoldPredictions, taggers: Sequence[str], reviewers: Collection[str]) -> FoldPredictions:
    """Return an entry as it is if no reviewing tagger was asked."""
    if not part.rankings.keys() & set(reviewers):
        return part
    others = {name: rankings for name, rankings in part.rankings.items() if name not in reviewers}
    return replace(part, rankings=others, table=candidates(part.products, others, part.statistics, taggers))


def _second_rows(judged: Sequence[FoldPredictions], logits: Sequence[np.ndarray]) -> list[Rows]:
    """Return the rows of the second pass; `logits` are those of the first."""
    return [
        replace(_rows(part), features=companies(part.table, each, part.statistics), offsets=each)
        for part, each in zip(judged, logits, strict=True)
    ]


def _rows(part: FoldPredictions) -> Rows:
    table = part.table
    teach = np.array([part.teaches(tag) for tag in table.tags], bool)
    return Rows(part.fold, table.features, table.targets(part.gold), np.zeros(len(table.tags)), teach)


class CrossFit:
    """Trees trained side by side on the entries of all folds but one, for each fold, and on all entries.

    Row values are binned once, over all folds; no fold's targets reach the trees that score it.
    """

    def __init__(self, rows: Sequence[Rows], settings: TreeSettings, threads: Executor, seed: int = 0) -> None:
        features, targets, offsets, teach = (
            np.concatenate([getattr(each, name) for each in rows])
            for name in ("features", "targets", "offsets", "teach")
        )
        # With offsets LightGBM starts boosting from them, even if all are 0 (p = 0.5); without, it starts from the base
        # rate. Starting from p = 0.5, it may find no split at all if few candidates are right.
        data = TrainingRows(features[teach], targets[teach], settings, offsets[teach] if offsets[teach].any() else None)
        fold = np.repeat([each.fold for each in rows], [len(each.targets) for each in rows])[teach]
        self._without = {
            held: threads.submit(data.fit, np.flatnonzero(fold != held), seed=seed + held)
            for held in sorted({each.fold for each in rows})
        }
        self._whole = threads.submit(data.fit, seed=seed)

    def logits_of(self, rows: Sequence[Rows]) -> list[np.ndarray]:
        """Return the logits of each entry from the trees that have not seen its fold."""
        return [self._without[each.fold].result().logits(each.features) + each.offsets for each in rows]

    def whole(self) -> GbdtModel:
        """Return the trees trained on all entries."""
        return self._whole.result()
