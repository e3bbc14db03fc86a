"""The batch tab: files to be tagged."""

import gradio as gr

from tagger.web.batch.upload_form import Form, upload_form
from tagger.web.batch.view import MOST_SUGGESTIONS, BatchView
from tagger.web.i18n.translations import label


def batch_tab(view: BatchView, blocks: gr.Blocks, token: gr.BrowserState) -> None:
    """Lay out the tab."""
    limit = gr.Slider(
        1,
        MOST_SUGGESTIONS,
        value=10,
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
    form = Form("batch", label("Upload a file: CSV, JSON lines, Parquet"), [limit, keep])
    upload_form(view, view.started, blocks, token, form)
