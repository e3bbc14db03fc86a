"""Lay out the Train tab and connect its events to the view.

Only a server started with training enabled has this tab, so other servers have no such endpoints.
"""

from typing import Any

import gradio as gr

from index.messages import mark
from tagger.web.components.event_options import private
from tagger.web.components.templates import render
from tagger.web.i18n.translations import label
from tagger.web.train.view import TrainView

_EVERY_S = 1.0
_RULES = [(label("threshold"), "threshold"), (label("highest expected F1"), "expected_f1")]


def train_tab(view: TrainView, blocks: gr.Blocks) -> None:
    """Lay out the tab and connect its events."""
    with gr.Row(equal_height=False):
        with gr.Column(min_width=320):
            _heading(mark("Fit"), "fit-title")
            taggers = gr.CheckboxGroup(view.taggers(), label=label("Taggers"), elem_id="fit-taggers")
            with gr.Row():
                rule = gr.Dropdown(_RULES, label=label("Acceptance"), min_width=160, elem_id="fit-rule")
                rounds = _number(mark("Boosting rounds"), "fit-rounds")
                seed = _number(mark("Seed"), "fit-seed")
            fit = gr.Button(label("Fit or resume"), variant="primary", elem_id="fit")
        with gr.Column(min_width=320):
            _heading(mark("Fine-tune the generator"), "tune-title")
            with gr.Row():
                epochs = _number(mark("Epochs"), "tune-epochs")
                rate = gr.Number(label=label("Learning rate"), min_width=140, elem_id="tune-rate")
                tune_seed = _number(mark("Seed"), "tune-seed")
            tune = gr.Button(label("Fine-tune or resume"), elem_id="tune")
    stop = gr.Button(label("Stop"), elem_id="train-stop")
    # A separate element: `shown` is replaced every second.
    mistake = gr.HTML(elem_id="training-mistake", apply_default_css=False)
    shown = gr.HTML(elem_id="training", apply_default_css=False)
    timer = gr.Timer(_EVERY_S, active=False)

    def open() -> list[Any]:
        fitted, tuned = view.last_choice("fit"), view.last_choice("finetune")
        of_fit = [fitted[name] for name in ("taggers", "rule", "rounds", "seed")]
        of_tuning = [tuned[name] for name in ("epochs", "learning_rate", "seed")]
        return [*of_fit, *of_tuning, *progress()]

    def progress() -> list[Any]:
        html, goes_on = view.progress()
        return [html, gr.Timer(active=goes_on)]

    def end() -> list[Any]:
        view.stop()
        return ["", *progress()]

    outputs = [shown, timer]
    of_fit, of_tuning = [taggers, rule, rounds, seed], [epochs, rate, tune_seed]
    blocks.load(open, None, [*of_fit, *of_tuning, *outputs], **private("hidden"))
    fit.click(lambda *chosen: [view.fit(*chosen), *progress()], of_fit, [mistake, *outputs], **private())
    tune.click(lambda *chosen: [view.finetune(*chosen), *progress()], of_tuning, [mistake, *outputs], **private())
    stop.click(end, None, [mistake, *outputs], **private())
    timer.tick(progress, None, outputs, **private("hidden"))


def _heading(title: str, name: str) -> None:
    gr.HTML(str(render("components/heading.html", title=title)), elem_id=name, apply_default_css=False)


def _number(title: str, name: str) -> gr.Number:
    return gr.Number(label=label(title), precision=0, min_width=120, elem_id=name)
