"""What the events of the train tab do, and what they show. Nothing raises; a mistake becomes a line on the page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from index.errors import TagweaveError
from index.store import Store
from tagger import settings
from tagger.fusion.acceptance import Rule
from tagger.jobs.learning_curves import curves_of
from tagger.jobs.training_log import Stage
from tagger.jobs.training_process import Kind, TrainingProcess, TrainingRequest, TrainingStatus
from tagger.jobs.training_request import finetune_run, fit_run
from tagger.web.components import panels
from tagger.web.components.learning_curves import learning_curves
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import hint, say

_STATES = {
    "none": "",
    "running": "running",
    "stopped": "stopped; with the same settings it goes on",
    "failed": "failed",
    "done": "done and published",
}
_KINDS = {"fit": "fit", "finetune": "fine-tuning of the generator"}
# A log may name others, which are shown as they are.
_STAGES = {"encode", "out of fold", "train the ranker", "fit taggers", "training"}
_RESULTS: Mapping[str, str] = {
    "products": "Products",
    "tags": "Tags",
    "threshold": "Threshold",
    "epochs": "Epochs",
    "best_epoch": "Best epoch",
    "micro_f1": "micro-F1",
    "seconds": "Seconds",
}


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
        shown = _progress(seen)
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


def _progress(seen: TrainingStatus) -> Markup:
    if seen.run is None:
        return Markup('<p class="tw-none">{}</p>').format(say("Nothing was trained from here yet."))
    running = seen.state == "running"
    facts: list[tuple[str, str]] = [("", say(_KINDS[seen.run.kind])), ("", say(_STATES[seen.state]))]
    facts += [("time", _minutes(seen.seconds))] if running else []
    facts += [(_RESULTS[name], f"{value:,.6g}") for name, value in seen.result.items() if name in _RESULTS]
    shown = Markup("").join(Markup("<span>{} <b>{}</b></span>").format(say(word), value) for word, value in facts)
    stages = Markup("").join(_stage(each, seen.seconds if running else None) for each in seen.log.stages)
    problem = panels.problem(seen.log.mistake) if seen.state == "failed" else Markup("")
    lines = "\n".join(seen.log.lines)
    said = Markup('<pre aria-label="{}" role="log">{}</pre>').format(hint("output"), lines) if lines else ""
    return Markup('<div class="tw-progress" data-state="{}"><p class="tw-facts">{}</p>{}<ol>{}</ol>{}</div>').format(
        seen.state, shown, problem, stages, said
    )


def _stage(each: Stage, now_s: float | None) -> Markup:
    spoken = hint(each.name) if each.name in _STAGES else each.name
    facts = Markup("{:,} / {:,}").format(each.done, each.total)
    if now_s is not None and not each.whole:
        left = each.seconds_left(now_s)
        facts += Markup(" · {} {:.3g}").format(say("per second"), each.rate(now_s))
        facts += Markup(" · {} {}").format(say("left"), _minutes(left)) if left is not None else ""
    return Markup(
        '<li><span>{}</span> <progress value="{}" max="{}" aria-label="{}"></progress> <output>{}</output></li>'
    ).format(say(each.name), each.done, each.total or 1, spoken, facts)


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
