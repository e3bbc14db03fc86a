"""The learned fuser: gradient-boosted trees over the candidates' features (LightGBM), calibrated."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import StaleArtifact
from index.product import Product
from tagger.calibration import BetaCalibration, fitted
from tagger.evidence import Share
from tagger.features import STATISTICS, Candidates, candidates, columns, source_of
from tagger.statistics import TagStatistics
from tagger.suggestion import Ranking, ranked

# Trees this small take seconds on one thread; on two they take half, but twenty times as long where something else
# has the second core, since OpenMP's threads wait for one another many times a round.
_THREADS = 1
_TREES, _LEARNT = "ranker.txt", "ranker.json"
# What `save` writes beside the statistics.
FILES = (_TREES, _LEARNT)


@dataclass(frozen=True)
class RankerSettings:
    """How the trees are grown."""

    rounds: int = 250
    learning_rate: float = 0.05
    leaves: int = 24
    least_in_leaf: int = 40
    columns_share: float = 0.7
    l2: float = 5.0
    seed: int = 0


class LearnedRanker:
    """Scores each candidate by its probability of being right."""

    def __init__(
        self, booster: Any, statistics: TagStatistics, taggers: Sequence[str], calibration: BetaCalibration
    ) -> None:
        self._booster = booster
        self._statistics = statistics
        self._taggers = list(taggers)
        self._calibration = calibration

    def fuse(self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], limit: int) -> list[Ranking]:
        """Return the candidates by calibrated probability, one ranking for each product."""
        table = candidates(products, rankings, self._statistics, self._taggers)
        return rankings_of(table, self._calibration(raw_scores(self._booster, table)), limit)

    def shares(
        self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], tags: Sequence[Sequence[str]]
    ) -> list[list[tuple[Share, ...]]]:
        """Return what each tagger and the tags' statistics contributed to the raw logit (LightGBM's own SHAP)."""
        table = candidates(products, rankings, self._statistics, self._taggers)
        rows = [[self._row(table, at, tag) for tag in wanted] for at, wanted in enumerate(tags)]
        picked = np.array([row for of_product in rows for row in of_product], int)
        contributions = iter(_contributions(self._booster, table.features[picked]))
        scores = [{name: dict(each[at]) for name, each in rankings.items()} for at in range(len(products))]
        return [
            [self._shares(next(contributions), given, tag) for tag in wanted]
            for given, wanted in zip(scores, tags, strict=True)
        ]

    def _row(self, table: Candidates, at: int, tag: str) -> int:
        return table.starts[at] + table.tags[table.starts[at] : table.starts[at + 1]].index(tag)

    def _shares(
        self, contributions: np.ndarray, scores: Mapping[str, Mapping[str, float]], tag: str
    ) -> tuple[Share, ...]:
        sums = dict.fromkeys((*self._taggers, STATISTICS), 0.0)
        for column, value in zip(columns(self._taggers), contributions, strict=False):
            sums[source_of(column)] += float(value)
        # LightGBM's last column is the trees' mean answer.
        sums["base"] = float(contributions[-1])
        return tuple(Share(name, scores.get(name, {}).get(tag), value) for name, value in sums.items())

    def importance(self) -> dict[str, float]:
        """Return each feature's share of the trees' total gain, the largest first."""
        gains = np.asarray(self._booster.feature_importance("gain"), float)
        named = zip(columns(self._taggers), gains / max(gains.sum(), 1e-12), strict=True)
        return dict(sorted(named, key=lambda item: -item[1]))

    def save(self, folder: Path) -> None:
        """Write the trees in LightGBM's text format, the statistics and the calibration."""
        self._booster.save_model(str(folder / _TREES))
        self._statistics.save(folder)
        learnt = {"taggers": self._taggers, "columns": columns(self._taggers), "calibration": asdict(self._calibration)}
        (folder / _LEARNT).write_text(json.dumps(learnt, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "LearnedRanker":
        """Read what `save` wrote; raises `StaleArtifact` where the features are now others."""
        import lightgbm

        learnt = json.loads((folder / _LEARNT).read_text("utf-8"))
        if learnt["columns"] != columns(learnt["taggers"]):
            raise StaleArtifact("the ranker was fitted on other features; run fit again")
        booster = lightgbm.Booster(model_file=str(folder / _TREES))
        return cls(booster, TagStatistics.load(folder), learnt["taggers"], BetaCalibration(**learnt["calibration"]))


def joined(tables: Sequence[Candidates]) -> Candidates:
    """Put the candidates of several batches one after the other."""
    tags: list[str] = []
    starts = [0]
    for table in tables:
        starts += [len(tags) + start for start in table.starts[1:]]
        tags += table.tags
    return Candidates(tags, starts, np.concatenate([table.features for table in tables]))


def grown(table: Candidates, targets: np.ndarray, taggers: Sequence[str], settings: RankerSettings) -> Any:
    """Grow trees that tell right candidates from wrong ones (log loss); deterministic for a seed."""
    import lightgbm

    data = lightgbm.Dataset(table.features, label=targets, feature_name=[f"f{n}" for n in range(len(columns(taggers)))])
    parameters = {
        "objective": "binary",
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.least_in_leaf,
        "feature_fraction": settings.columns_share,
        "lambda_l2": settings.l2,
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "num_threads": _THREADS,
    }
    return lightgbm.train(parameters, data, settings.rounds)


def cross_fitted(
    tables: Sequence[Candidates],
    targets: Sequence[np.ndarray],
    folds: Sequence[int],
    taggers: Sequence[str],
    settings: RankerSettings,
) -> list[np.ndarray]:
    """Return the raw scores of each table by trees that were grown on the tables of the other folds.

    `folds` numbers each table's fold.
    """
    boosters = {}
    for held in sorted(set(folds)):
        others = [at for at, fold in enumerate(folds) if fold != held]
        boosters[held] = grown(
            joined([tables[at] for at in others]),
            np.concatenate([targets[at] for at in others]),
            taggers,
            replace(settings, seed=settings.seed + held),
        )
    return [raw_scores(boosters[fold], table) for fold, table in zip(folds, tables, strict=True)]


def calibrated(scores: Sequence[np.ndarray], targets: Sequence[np.ndarray]) -> BetaCalibration:
    """Fit the calibration on scores of candidates that their trees had not seen."""
    return fitted(np.concatenate(scores), np.concatenate(targets))


def rankings_of(table: Candidates, scores: np.ndarray, limit: int) -> list[Ranking]:
    """Turn the candidates' scores into one ranking for each product."""
    return [
        ranked({table.tags[row]: float(scores[row]) for row in table.of(at)}, limit)
        for at in range(len(table.starts) - 1)
    ]


def raw_scores(booster: Any, table: Candidates) -> np.ndarray:
    """Return the trees' probability for each candidate, float64 (candidates,)."""
    if not len(table.tags):
        return np.zeros(0)
    return np.asarray(booster.predict(table.features, num_threads=_THREADS), np.float64)


def _contributions(booster: Any, features: np.ndarray) -> np.ndarray:
    if not len(features):
        return np.zeros((0, features.shape[1] + 1))
    return np.asarray(booster.predict(features, pred_contrib=True, num_threads=_THREADS), np.float64)
