"""Fit and fine-tune in a separate process, with the settings chosen on the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from index.errors import TagweaveError
from index.store import Store
from tagger.fusion.acceptance import Rule
from tagger.jobs.learning_curves import Curves, curves_of
from tagger.jobs.training.process import Kind, TrainingProcess, TrainingStatus
from tagger.jobs.training.request import finetune_run, fit_run
from tagger.settings import Settings, read


class TrainingFacade:
    """Train one store, one training at a time, even across several servers. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._process = TrainingProcess(store.folder)

    def taggers(self) -> list[str]:
        """Return the names of the taggers in the store's settings. Raises `BadSetting` if the settings are invalid."""
        return list(self._settings().taggers)

    def choice(self, kind: Kind) -> Mapping[str, Any]:
        """Return the settings of the last training if it was of this kind, otherwise the store's own."""
        begun = self._process.progress().run
        last = begun.chosen if begun and begun.kind == kind else {}
        own = self._own()
        return {**(_of_fit(own) if kind == "fit" else _of_finetune(own)), **last}

    def fit(self, *, taggers: Sequence[str], rule: Rule, rounds: int, seed: int) -> None:
        """Start or resume a fit. Raises `BadInput` for a wrong value, `StoreLocked` during another training."""
        settings = self._settings()
        self._process.start(fit_run(settings, taggers=taggers, rule=rule, rounds=rounds, seed=seed))

    def finetune(self, *, epochs: int, learning_rate: float, seed: int) -> None:
        """Start or resume a fine-tuning of the generator. Raises what `fit` raises."""
        self._process.start(finetune_run(epochs=epochs, learning_rate=learning_rate, seed=seed))

    def stop(self) -> None:
        """Stop the training."""
        self._process.stop()

    def status(self) -> TrainingStatus:
        """Return the state of the training."""
        return self._process.progress()

    def learning_curves(self) -> Curves:
        """Return the learning curves of the last fine-tuning, or empty ones if there was none."""
        return curves_of(self._store)

    def _own(self) -> Settings:
        try:
            return self._settings()
        except TagweaveError:
            # Starting a training reports what is wrong with the settings.
            return read()

    def _settings(self) -> Settings:
        own = self._store.folder / "settings.toml"
        return read(*([own] if own.is_file() else []))


def _of_fit(own: Settings) -> dict[str, Any]:
    return {
        "taggers": [name for name, section in own.taggers.items() if section.enabled],
        "rule": own.fusion.acceptance,
        "rounds": own.fusion.ranker.rounds,
        "seed": own.fusion.seed,
    }


def _of_finetune(own: Settings) -> dict[str, Any]:
    return {name: own.finetune[name] for name in ("epochs", "learning_rate", "seed")}
