"""Lay out the bulk edit form below the catalogue's list and connect its events to the view."""

from typing import Any

import gradio as gr
from gradio.events import Dependency

from tagger.feedback.user_input import LONGEST_TAG
from tagger.search.filters import Choice
from tagger.web.catalogue.bulk_view import BulkView
from tagger.web.components.client_scripts import read_script
from tagger.web.components.event_options import every_one, private
from tagger.web.i18n.translations import label

_SAID = ("kind", "tag", "value", "undo")


def bulk_edit(view: BulkView, choice: gr.State, name: gr.BrowserState) -> Dependency:
    """Lay out the form. Return the event after which the list may have changed."""
    with gr.Accordion(label("Edit all listed products"), open=False, elem_id="bulk") as folded:
        with gr.Row():
            kind = gr.Radio(
                [(label("add"), "add"), (label("remove"), "remove")],
                value="add",
                label=label("Tags"),
                elem_id="bulk-kind",
            )
            tag = gr.Textbox(
                label=label("Which tag"),
                placeholder=label("e.g. refrigerator"),
                max_lines=1,
                max_length=LONGEST_TAG,
                elem_id="bulk-tag",
            )
            preview = gr.Button(label("Preview"), elem_id="bulk-preview")
        shown = gr.HTML(elem_id="bulk-shown", apply_default_css=False, js_on_load=read_script("clicks"))
    asked = [choice, kind, tag, name]

    def click(event: gr.EventData, choice: Choice, kind: Any, tag: str, by: str) -> str:
        return view.click(choice, kind, tag, by, {key: str(getattr(event, key, "")) for key in _SAID})

    folded.expand(view.show_recent, None, shown, **private())
    gr.on([preview.click, tag.submit], view.preview, asked, shown, **private())
    return shown.click(click, asked, shown, **every_one())
