"""Event handlers of the Train tab. They never raise: an error becomes a line on the page."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from index.errors import TagweaveError, message_of
from tagger.fusion.acceptance import Rule
from tagger.jobs.training.process import Kind
from tagger.web.components import panels
from tagger.web.components.learning_curves import learning_curves
from tagger.web.i18n import display_names as names
from tagger.web.service.service import Service
from tagger.web.train.rendering import render_progress


class TrainView:
    """Event handlers of the Train tab, independent of Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def last_choice(self, kind: Kind) -> Mapping[str, Any]:
        """Return the settings of the last training if it was of this kind, otherwise the store's own."""
        return self._service.training.choice(kind)

    def taggers(self) -> list[tuple[str, str]]:
        """Return the store's taggers as (label, name) pairs."""
        return [(names.source_label(name), name) for name in self._service.training.taggers()]

    def fit(self, taggers: Sequence[str], rule: Rule, rounds: int | None, seed: int | None) -> str:
        """Start a fit. Return an error as HTML, or an empty string. An empty field counts as 0."""
        training = self._service.training
        return _begin(partial(training.fit, taggers=taggers, rule=rule, rounds=rounds or 0, seed=seed or 0))

    def finetune(self, epochs: int | None, learning_rate: float | None, seed: int | None) -> str:
        """Start a fine-tuning. Return an error as HTML, or an empty string. An empty field counts as 0."""
        training = self._service.training
        return _begin(partial(training.finetune, epochs=epochs or 0, learning_rate=learning_rate or 0, seed=seed or 0))

    def stop(self) -> None:
        """Stop the training."""
        self._service.training.stop()

    def progress(self) -> tuple[str, bool]:
        """Return the training's progress as HTML, and whether it is still running."""
        seen = self._service.training.status()
        shown = render_progress(seen)
        if seen.run and seen.run.kind == "finetune":
            shown += self._learning()
        return str(shown), seen.state == "running"

    def _learning(self) -> Markup:
        try:
            return learning_curves(self._service.training.learning_curves())
        except TagweaveError as error:
            return panels.problem(error.message)


def _begin(begin: Callable[[], None]) -> str:
    """Start a training. Return an error as HTML, or an empty string."""
    try:
        begin()
    except (TagweaveError, OSError) as error:
        return str(panels.problem(message_of(error)))
    return ""
