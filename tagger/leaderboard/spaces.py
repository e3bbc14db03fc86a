"""What a search of options tries: a range or a few choices for each option of a tagger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from index.errors import BadSetting


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included; evenly spread, or by their logarithms. Whole if both ends are."""

    low: float
    high: float
    log: bool = True


Space = Mapping[str, Range | tuple[Any, ...]]

_WORDS: Space = {"analyzer": ("words", "pairs"), "least_products": Range(1, 4, log=False)}
_TREES: Space = {"features": Range(50, 400), "least_in_leaf": Range(1, 8)}
_NETWORK: Space = {"width": Range(64, 192), "dropout": Range(0.1, 0.5, log=False), "learning_rate": Range(1e-3, 1e-2)}

SPACES: Mapping[str, Space] = {
    "knn": {"neighbours": Range(5, 50)},
    "linear": {"analyzer": ("words", "pairs", "characters"), "cost": Range(0.3, 30.0)},
    "naive_bayes": {**_WORDS, "smoothing": Range(1e-4, 1.0)},
    "svm": {**_WORDS, "cost": Range(0.1, 10.0)},
    "decision_tree": _TREES,
    "random_forest": {**_TREES, "trees": Range(10, 40)},
    "cnn": {**_NETWORK, "filters": Range(50, 200)},
    "lstm": {**_NETWORK, "hidden": Range(64, 192)},
    "bilstm": {**_NETWORK, "hidden": Range(64, 192)},
    "seq2seq": {**_NETWORK, "hidden": Range(96, 256), "beams": Range(1, 6, log=False)},
    "transformer": {
        "layers": Range(2, 6, log=False),
        "loss": ("asymmetric", "cross_entropy"),
        "learning_rate": Range(1e-3, 6e-3),
        "dropout": Range(0.0, 0.3, log=False),
    },
    "attributes": {**_NETWORK, "hidden": Range(32, 128)},
    "tuned": {"neighbours": Range(5, 50), "width": Range(128, 384), "learning_rate": Range(1e-3, 2e-2)},
}


def space_of(plugin: str) -> Space:
    """Return what is tried for a tagger. Raises `BadSetting` if it has no options that matter."""
    if plugin not in SPACES:
        raise BadSetting("leaderboard.no-space", name=plugin, available=", ".join(sorted(SPACES)))
    return SPACES[plugin]


def draw(trial: Any, space: Space) -> dict[str, Any]:
    """Let an Optuna trial choose a value for each option."""
    chosen: dict[str, Any] = {}
    for name, values in space.items():
        if isinstance(values, tuple):
            chosen[name] = trial.suggest_categorical(name, values)
        elif isinstance(values.low, int) and isinstance(values.high, int):
            chosen[name] = trial.suggest_int(name, values.low, values.high, log=values.log)
        else:
            chosen[name] = trial.suggest_float(name, values.low, values.high, log=values.log)
    return chosen
