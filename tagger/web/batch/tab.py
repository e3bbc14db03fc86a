"""Lay out the batch tab, where visitors tag whole files."""

import gradio as gr

from tagger.web.batch.upload_form import Form, upload_form
from tagger.web.batch.view import BatchView
from tagger.web.i18n.translations import label
from tagger.web.service.limits import MOST_SUGGESTIONS, SUGGESTIONS


def batch_tab(view: BatchView, blocks: gr.Blocks, token: gr.BrowserState) -> None:
    """Lay out the tab and connect its events."""
    limit = gr.Slider(
        1,
        MOST_SUGGESTIONS,
        value=SUGGESTIONS,
        step=1,
        label=label("Suggestions per product"),
        buttons=[],
        elem_id="batch-limit",
        render=False,
    )
    keep = gr.Radio(
        [(label("append"), True), (label("replace"), False)],
        value=True,
        label=label("Existing tags"),
        elem_id="keep",
        render=False,
    )
    form = Form("batch", label("Upload a file: CSV, Excel, JSON, XML, Parquet"), [limit, keep])
    upload_form(view, view.start, blocks, token, form)
