"""What the events of the train tab do, and what they show. Nothing raises; a mistake becomes a line on the page."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from index.errors import TagweaveError
from index.store import Store
from tagger import settings
from tagger.fusion.acceptance import Rule
from tagger.jobs.learning_curves import curves_of
from tagger.jobs.training_process import Kind, TrainingProcess, TrainingRequest
from tagger.jobs.training_request import finetune_run, fit_run
from tagger.web.components import panels
from tagger.web.components.learning_curves import learning_curves
from tagger.web.i18n import display_names as names
from tagger.web.train.rendering import render_progress


class TrainView:
    """The events of the train tab, without Gradio."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs = TrainingProcess(store.folder)

    def chosen(self, kind: Kind) -> dict[str, Any]:
        """Return the settings of the last training where it was of this kind; a fit's over the store's own."""
        begun = self._runs.progress().run
        last = begun.chosen if begun and begun.kind == kind else {}
        return {**(self._fitted() if kind == "fit" else {}), **last}

    def _fitted(self) -> dict[str, Any]:
        try:
            own = self._settings()
        except TagweaveError:
            # Who begins a fit with them is told what is wrong.
            own = settings.read()
        return {
            "taggers": [name for name, section in own.taggers.items() if section.enabled],
            "rule": own.fusion.acceptance,
            "rounds": own.fusion.ranker.rounds,
            "seed": own.fusion.seed,
        }

    def taggers(self) -> list[tuple[str, str]]:
        """Return the store's taggers with what the page calls them."""
        return [(names.source_label(name), name) for name in self._settings().taggers]

    def fitted(self, taggers: Sequence[str], rule: Rule, rounds: int | None, seed: int | None) -> str:
        """Begin a fit; show what is wrong with that, or nothing. A field left empty counts as 0."""
        return self._started(
            lambda: fit_run(self._settings(), taggers=taggers, rule=rule, rounds=rounds or 0, seed=seed or 0)
        )

    def finetuned(self, epochs: int | None, learning_rate: float | None, seed: int | None) -> str:
        """Begin a fine-tuning; show what is wrong with that, or nothing. A field left empty counts as 0."""
        return self._started(lambda: finetune_run(epochs=epochs or 0, learning_rate=learning_rate or 0, seed=seed or 0))

    def stopped(self) -> None:
        """End the training."""
        self._runs.stop()

    def progress(self) -> tuple[str, bool]:
        """Show where the training stands, and tell whether it goes on."""
        seen = self._runs.progress()
        shown = render_progress(seen)
        if seen.run and seen.run.kind == "finetune":
            shown += self._learning()
        return str(shown), seen.state == "running"

    def _learning(self) -> Markup:
        try:
            return learning_curves(curves_of(self._store))
        except TagweaveError as error:
            return panels.problem(str(error))

    def _started(self, run: Callable[[], TrainingRequest]) -> str:
        try:
            self._runs.start(run())
        except (TagweaveError, OSError) as error:
            return str(panels.problem(str(error)))
        return ""

    def _settings(self) -> settings.Settings:
        own = self._store.folder / "settings.toml"
        return settings.read(*([own] if own.is_file() else []))
