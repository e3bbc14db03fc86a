"""Lay out the form for rules and connect its events to the view."""

from typing import Any

import gradio as gr

from tagger.web.components.event_options import private
from tagger.web.i18n.translations import label
from tagger.web.rules.view import RulesView

_MOST_PRECISION = 0.99


def rules_form(view: RulesView) -> None:
    """Lay out the form, folded; it shows the rules in force when it is opened."""
    with gr.Accordion(label("Rules"), open=False, elem_id="rules") as folded:
        with gr.Row():
            lists = [
                _lines(
                    label("Never suggest"), "deny", label("One per line: a tag, facet:NAME, or a pattern like promo*")
                ),
                _lines(label("Suggest only"), "allow", label("Empty: all tags")),
                _lines(label("Never accept without a person"), "never-automatic", label("They are only suggested")),
            ]
        with gr.Row():
            existing = gr.Checkbox(label=label("Only tags that the store has"), elem_id="rules-existing")
            parents = gr.Checkbox(label=label("An accepted tag implies its parents"), elem_id="rules-parents")
            precision = gr.Slider(
                0,
                _MOST_PRECISION,
                value=0,
                step=0.01,
                label=label("Wanted precision"),
                info=label("Share of accepted tags that shall be right; 0: the best F1. It counts from the next fit."),
                buttons=[],
                elem_id="rules-precision",
            )
        save = gr.Button(label("Save rules"), variant="primary", elem_id="rules-save")
        told = gr.HTML(elem_id="rules-told", apply_default_css=False)
    fields = [*lists, existing, parents, precision]

    def show() -> list[Any]:
        values, problem = view.show()
        return [*values, problem]

    def keep(*values: Any) -> str:
        return view.save(values)

    folded.expand(show, None, [*fields, told], **private())
    save.click(keep, fields, told, **private())


def _lines(name: str, id: str, info: str) -> gr.Textbox:
    return gr.Textbox(label=name, info=info, lines=4, max_lines=12, elem_id=f"rules-{id}")
