"""Lay out the quality tab and connect its events to the view."""

from typing import Any

import gradio as gr

from index.messages import mark
from tagger.evaluation.evaluate import FUSED
from tagger.jobs.quality_report import Order
from tagger.web.batch.upload_form import Form, upload_form
from tagger.web.components.event_options import RAW, private
from tagger.web.components.templates import render
from tagger.web.i18n.translations import label
from tagger.web.quality.own_file_view import EvaluationView
from tagger.web.quality.view import QualityView

_ORDERS = [
    (label("most products"), "products"),
    (label("most often missed"), "missed"),
    (label("most often wrong"), "wrong"),
    (label("lowest F1"), "f1"),
]
_SOURCES = [(label("the store’s held-out products"), False), (label("your file"), True)]
_UPLOAD = label("Upload a labelled file: CSV, Excel, JSON, XML, Parquet")
_THRESHOLDS = (
    mark("threshold 0.1"),
    mark("threshold 0.2"),
    mark("threshold 0.3"),
    mark("threshold 0.4"),
    mark("threshold 0.5"),
    mark("threshold 0.6"),
    mark("threshold 0.7"),
    mark("threshold 0.8"),
    mark("threshold 0.9"),
)
_RULES = [
    (label("default"), ""),
    (label("highest expected F1"), "expected_f1"),
    *((label(name), name.removeprefix("threshold ")) for name in _THRESHOLDS),
]


def quality_tab(
    view: QualityView, labelled: EvaluationView, blocks: gr.Blocks, tab: gr.Tab, token: gr.BrowserState
) -> None:
    """Lay out the tab and connect its events."""
    source = gr.Radio(_SOURCES, value=False, label=label("Measured on"), elem_id="quality-source")
    board = gr.HTML(elem_id="board", apply_default_css=False)
    with gr.Row():
        system, rule = _system(mark("Tagger"), "quality-system"), _rule("Acceptance", "quality-rule")
        order = gr.Dropdown(_ORDERS, value="products", label=label("Order of tags"), elem_id="quality-order")
    shown = gr.HTML(elem_id="diagnosis", apply_default_css=False)
    _heading(mark("A/B comparison"), "ab")
    with gr.Row():
        before, before_rule = _system("A", "a-system"), _rule(mark("A: acceptance"), "a-rule")
        after, after_rule = _system("B", "b-system"), _rule(mark("B: acceptance"), "b-rule")
    compare = gr.Button(label("Compare"), elem_id="compare")
    result = gr.HTML(elem_id="comparison", apply_default_css=False)
    learning = gr.HTML(elem_id="learning", apply_default_css=False)
    _heading(mark("Evaluate on your own file"), "own-file")
    upload_form(labelled.files, labelled.start, blocks, token, Form("labelled", _UPLOAD))

    def open(of_file: bool, token: str, chosen: str, one: str, other: str, former: str) -> list[Any]:
        seen = view.open(_of(of_file, token))
        known = [name for _, name in seen.systems]
        first = chosen if chosen in known else FUSED if FUSED in known else None
        single = one if one in known else next((name for name in known if name != FUSED), None)
        second = other if other in known else first
        choices = [gr.Dropdown(choices=list(seen.systems), value=value) for value in (first, single, second)]
        # Keep the comparison while the leaderboard is unchanged.
        return [seen.board, *choices, view.learning_curves(), gr.skip() if seen.board == former else ""]

    def diagnose(of_file: bool, token: str, system: str | None, rule: str | None, order: Order) -> str:
        return view.diagnose(_of(of_file, token), system or "", rule or "", order)

    def compare_settings(of_file: bool, token: str, *settings: str | None) -> str:
        one, rule, other, other_rule = (each or "" for each in settings)
        return view.compare(_of(of_file, token), one, rule, other, other_rule)

    asked = [source, token, system, rule, order]
    gr.on(
        [tab.select, source.input],
        open,
        [source, token, system, before, after, board],
        [board, system, before, after, learning, result],
        **private(),
        **RAW,
    ).then(diagnose, asked, shown, **private(), **RAW)
    gr.on([system.input, rule.input, order.input], diagnose, asked, shown, **private(), **RAW)
    compare.click(compare_settings, [source, token, before, before_rule, after, after_rule], result, **private(), **RAW)


def _of(of_file: bool, token: str) -> str:
    """Return the token to measure: empty for the store, or "-", which no file has, if no file was uploaded yet."""
    return (token or "-") if of_file else ""


def _heading(title: str, name: str) -> None:
    gr.HTML(str(render("components/heading.html", title=title)), elem_id=name, apply_default_css=False)


def _system(title: str, name: str) -> gr.Dropdown:
    return gr.Dropdown([], label=label(title), min_width=160, elem_id=name)


def _rule(title: str, name: str) -> gr.Dropdown:
    return gr.Dropdown(_RULES, value="", label=label(title), allow_custom_value=True, min_width=160, elem_id=name)
