"""Render the progress of a training: its facts, its stages, and its log."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from index.messages import mark
from tagger.jobs.training.log import Stage
from tagger.jobs.training.process import Kind, State, TrainingStatus
from tagger.web.components import panels
from tagger.web.components.templates import render
from tagger.web.i18n.translations import hint, say

_STATES: Mapping[State, str] = {
    "none": "",
    "running": mark("running"),
    "stopped": mark("stopped; start again with the same settings to resume"),
    "failed": mark("failed"),
    "done": mark("done and published"),
}
_KINDS: Mapping[Kind, str] = {"fit": mark("fit"), "finetune": mark("fine-tuning of the generator")}
# A log may name other stages, which are shown untranslated.
_STAGES = {
    mark("encode"),
    mark("out of fold"),
    mark("train the ranker"),
    mark("fit taggers"),
    mark("training"),
}
_RESULTS: Mapping[str, str] = {
    "products": "Products",
    "tags": "Tags",
    "threshold": "Threshold",
    "epochs": mark("Epochs"),
    "best_epoch": mark("Best epoch"),
    "micro_f1": "micro-F1",
    "seconds": mark("Seconds"),
}


@dataclass(frozen=True)
class _StageRow:
    """A stage as shown on the page. The last two fields are empty if the stage is not running."""

    name: str
    spoken: str
    done: int
    total: int
    per_second: str = ""
    time_left: str = ""


def render_progress(status: TrainingStatus) -> Markup:
    """Show the progress of a training, or say that there was none yet."""
    now_s = status.seconds if status.state == "running" else None
    return render(
        "train/progress.html",
        status=status,
        facts=_facts(status),
        problem=panels.problem(status.problem) if status.problem and status.state == "failed" else "",
        stages=[_stage_row(each, now_s) for each in status.log.stages],
        lines="\n".join(status.log.lines),
    )


def _facts(status: TrainingStatus) -> list[tuple[str, str]]:
    """Return pairs of a page text and a value."""
    if status.run is None:
        return []
    time = [("time", _minutes(status.seconds))] if status.state == "running" else []
    results = [(_RESULTS[name], f"{value:,.6g}") for name, value in status.result.items() if name in _RESULTS]
    return [("", say(_KINDS[status.run.kind])), ("", say(_STATES[status.state])), *time, *results]


def _stage_row(stage: Stage, now_s: float | None) -> _StageRow:
    spoken = hint(stage.name) if stage.name in _STAGES else stage.name
    row = _StageRow(stage.name, spoken, stage.done, stage.total)
    if now_s is None or stage.whole:
        return row
    left = stage.seconds_left(now_s)
    time_left = _minutes(left) if left is not None else ""
    return replace(row, per_second=f"{stage.rate(now_s):.3g}", time_left=time_left)


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
