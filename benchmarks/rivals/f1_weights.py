"""Find the weights of a sum of systems that maximise micro-F1, which Annif's own search does not offer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import optuna

_TRIALS = 100


def best_weights(scores: Sequence[Any], right: np.ndarray) -> list[float]:
    """Return the weights of the systems' scores (sparse, texts × tags) for the true tags `right` (bool, same shape)."""

    def objective(trial: optuna.Trial) -> float:
        return best_f1(sum(trial.suggest_float(str(at), 0.0, 1.0) * each for at, each in enumerate(scores)), right)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=_TRIALS)
    return [study.best_params[str(at)] for at in range(len(scores))]


def best_f1(scores: Any, right: np.ndarray) -> float:
    """Return the micro-F1 at the best threshold."""
    entries = scores.tocoo()
    hits = right[entries.row, entries.col][np.argsort(-entries.data, kind="stable")]
    accepted = np.arange(1, len(hits) + 1)
    return float((2 * np.cumsum(hits) / (accepted + right.sum())).max())
