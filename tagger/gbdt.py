"""Binary classification with gradient-boosted trees; the only module that imports LightGBM, and only to train."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from index.libraries.partial_import import import_without
from tagger.trees.forest import Forest, parse_forest
from tagger.trees.scoring import LeafMasks
from tagger.trees.shapley import ShapleyValues

# Trees this small train in seconds on one thread. Two threads halve that, but take twenty times as long while another
# process uses the second core, since OpenMP's threads wait for one another many times a round.
_THREADS = 1


@dataclass(frozen=True)
class TreeSettings:
    """Training settings of the trees."""

    rounds: Annotated[int, Field(ge=1)] = 200
    learning_rate: Annotated[float, Field(gt=0)] = 0.05
    leaves: Annotated[int, Field(ge=2)] = 24
    least_in_leaf: Annotated[int, Field(ge=1)] = 40
    columns_share: Annotated[float, Field(gt=0, le=1)] = 0.7
    l2: Annotated[float, Field(ge=0)] = 5.0


class GbdtModel:
    """Trained trees, given in LightGBM's text format."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _forest(self) -> Forest:
        return parse_forest(self.text)

    @cached_property
    def _masks(self) -> LeafMasks:
        return LeafMasks(self._forest)

    @cached_property
    def _shapley_values(self) -> ShapleyValues:
        return ShapleyValues(self._forest)

    def logits(self, features: np.ndarray) -> npt.NDArray[np.float64]:
        """Return the logit of each row, without the training offset, float64 (rows,)."""
        return self._masks.logits(features)

    def contributions(self, features: np.ndarray) -> npt.NDArray[np.float64]:
        """Return each column's part of each row's logit, and the base value in a last column, (rows, columns + 1)."""
        return self._shapley_values(features)

    def gains(self) -> npt.NDArray[np.float64]:
        """Return each column's share of the total gain, (columns,)."""
        forest = self._forest
        gains = np.bincount(forest.column, forest.gain, forest.columns)
        return np.asarray(gains / max(gains.sum(), 1e-12), np.float64)

    def save(self, path: Path) -> None:
        """Write the trees in LightGBM's text format."""
        path.write_text(self.text, "utf-8")


def fit_trees(
    features: np.ndarray,
    targets: Sequence[bool] | np.ndarray,
    settings: TreeSettings,
    offsets: np.ndarray | None = None,
    *,
    seed: int = 0,
) -> GbdtModel:
    """Train trees to minimise the log loss of the targets, (rows,); deterministic for a seed.

    `offsets`, (rows,), are known logits: the trees learn what to add to them.
    """
    return TrainingRows(features, targets, settings, offsets).fit(seed=seed)


class TrainingRows:
    """Rows that are binned once, to train trees on all of them or on several parts of them.

    The arguments are those of `fit_trees`. Thread-safe: parts may be trained on at the same time.
    """

    def __init__(
        self,
        features: np.ndarray,
        targets: Sequence[bool] | np.ndarray,
        settings: TreeSettings,
        offsets: np.ndarray | None = None,
    ) -> None:
        lightgbm = _lightgbm()
        self._rounds = settings.rounds
        self._parameters = {
            "objective": "binary",
            "learning_rate": settings.learning_rate,
            "num_leaves": settings.leaves,
            "min_data_in_leaf": settings.least_in_leaf,
            "feature_fraction": settings.columns_share,
            "lambda_l2": settings.l2,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
            "num_threads": _THREADS,
        }
        names = [f"f{number}" for number in range(features.shape[1])]
        data = lightgbm.Dataset(
            features, np.asarray(targets), init_score=offsets, feature_name=names, params=self._parameters
        )
        self._data = data.construct()

    def fit(self, rows: np.ndarray | None = None, *, seed: int = 0) -> GbdtModel:
        """Train trees on the rows with these indices, in ascending order, or on all rows."""
        lightgbm = _lightgbm()
        data = self._data if rows is None else self._data.subset(rows)
        return GbdtModel(lightgbm.train(self._parameters | {"seed": seed}, data, self._rounds).model_to_string())


def _lightgbm() -> Any:
    return import_without("lightgbm", "pandas", "sklearn", "dask", "matplotlib", "graphviz")


def sigmoid(logits: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Convert logits to probabilities, in the same shape."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(logits, np.float64))), np.float64)


def load(path: Path) -> GbdtModel:
    """Read what `GbdtModel.save` wrote."""
    return GbdtModel(path.read_text("utf-8"))
