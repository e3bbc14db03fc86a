"""Search the options of a tagger with Optuna (Akiba et al., KDD 2019); a search that was interrupted resumes."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from index.errors import MissingDependency
from index.progress import Progress
from index.store import Store
from tagger.leaderboard.board import FOLDER, Basis, basis_of
from tagger.leaderboard.measuring import score
from tagger.leaderboard.spaces import Space, draw, space_of
from tagger.leaderboard.split import LeaderboardSplit, fold_products
from tagger.leaderboard.systems import choose_systems
from tagger.load import adapter_of
from tagger.plugins import PluginSettings
from tagger.plugins.option_checks import check_minimum
from tagger.settings import Settings

if TYPE_CHECKING:
    import optuna

log = logging.getLogger(__name__)

# Trials before one is ended early because it is worse than the median so far.
_BEFORE_PRUNING = 5


@dataclass(frozen=True)
class Tuning:
    """The result of a search: the best options with their micro-F1, and the F1 of all trials in their order.

    An F1 of None is that of a trial that was ended early. `importance` says how much of the differences between trials
    each option explains, from 0 to 1 (fANOVA; Hutter et al. 2014); empty with too few trials. `test_f1` is measured on
    products that the search has not seen. `settings` is what to write into the store's `settings.toml`.
    """

    system: str
    trials: int
    options: dict[str, Any]
    micro_f1: float
    test_f1: float
    importance: dict[str, float]
    history: list[float | None]
    settings: str


def tune(
    store: Store, settings: Settings, system: str, progress: Progress, *, trials: int = 20, folds: int = 2
) -> Tuning:
    """Try `trials` sets of options of a tagger, each on `folds` folds of the products that are not for testing.

    Trials are kept in the store's folder: a second call counts those of the first. Raises `MissingDependency` without
    Optuna, `BadSetting` if the tagger has no options to search.
    """
    optuna = _optuna()
    check_minimum(2, folds=folds)
    check_minimum(1, trials=trials)
    [plugin] = choose_systems(settings, [system], adapter=adapter_of(store) is not None)
    space, basis = space_of(plugin.plugin or plugin.name), basis_of(store, settings)
    parts = fold_products([*basis.split.training, *basis.split.validation], folds)
    study = _study(optuna, store, plugin, basis, space)
    done = len(_finished(study))
    while done < trials:
        progress("tune", done, trials)
        study.optimize(lambda trial: _objective(optuna, trial, plugin, space, parts, basis), n_trials=1)
        done = len(_finished(study))
    progress("tune", trials, trials)
    best = replace(plugin, options={**plugin.options, **study.best_params})
    return Tuning(
        system=plugin.name,
        trials=done,
        options=dict(study.best_params),
        micro_f1=study.best_value,
        test_f1=score(best, basis.split, basis.blind(basis.split)),
        importance=_importance(optuna, study),
        history=[each.value if each.state.name == "COMPLETE" else None for each in _finished(study)],
        settings=_toml(best),
    )


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingDependency("leaderboard.no-optuna") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _study(optuna: Any, store: Store, plugin: PluginSettings, basis: Basis, space: Space) -> "optuna.Study":
    """Open the study of a tagger on these products; other products or another space are another study."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    folder = store.folder / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{plugin.name}.trials"
    storage = JournalStorage(JournalFileBackend(str(path)))
    name = basis.digest(plugin, repr(sorted(space.items())))
    pruner = optuna.pruners.MedianPruner(n_startup_trials=_BEFORE_PRUNING)
    found = {each.study_name for each in optuna.get_all_study_summaries(storage)} if path.is_file() else set()
    # A sampler with the same seed would propose again what it proposed in the run before.
    begun = len(optuna.load_study(study_name=name, storage=storage).trials) if name in found else 0
    sampler = optuna.samplers.TPESampler(seed=basis.resources.seed + begun)
    return optuna.create_study(
        study_name=name, storage=storage, sampler=sampler, pruner=pruner, direction="maximize", load_if_exists=True
    )


def _finished(study: Any) -> list[Any]:
    """Return the trials that ended; those that were killed do not count."""
    return [each for each in study.trials if each.state.name in ("COMPLETE", "PRUNED")]


def _objective(
    optuna: Any,
    trial: Any,
    plugin: PluginSettings,
    space: Space,
    parts: list[LeaderboardSplit],
    basis: Basis,
) -> float:
    system = replace(plugin, options={**plugin.options, **draw(trial, space)})
    scores: list[float] = []
    for number, part in enumerate(parts):
        scores.append(score(system, part, basis.blind(part)))
        trial.report(sum(scores) / len(scores), number)
        if number + 1 < len(parts) and trial.should_prune():
            raise optuna.TrialPruned
    return sum(scores) / len(scores)


def _importance(optuna: Any, study: Any) -> dict[str, float]:
    values = [each.value for each in study.trials if each.state.name == "COMPLETE"]
    if len(values) < 2 or len(set(values)) < 2:
        return {}
    found: Mapping[str, float] = optuna.importance.get_param_importances(study)
    return dict(found)


def _toml(best: PluginSettings) -> str:
    name, plugin = best.name, best.plugin or best.name
    lines = [f"[taggers.{name}]", *([f'plugin = "{plugin}"'] if plugin != name else []), f"[taggers.{name}.options]"]
    # The values are texts, numbers and truth values: their JSON is TOML.
    return "\n".join([*lines, *(f"{key} = {json.dumps(value)}" for key, value in best.options.items())]) + "\n"
