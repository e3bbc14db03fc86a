"""Lay out the batch tab, where visitors tag whole files."""

from functools import partial
from typing import Any

import gradio as gr

from tagger.web.batch.upload_form import Form, upload_form
from tagger.web.batch.view import BatchView
from tagger.web.components.event_options import RAW, every_one, private
from tagger.web.i18n.translations import label
from tagger.web.service.limits import MOST_SUGGESTIONS, SUGGESTIONS

_LONGEST_COLUMN = 200
_LANGUAGES = [
    (label("as in the vocabulary"), ""),
    (label("Chinese"), "zh"),
    (label("English"), "en"),
    (label("both languages"), "both"),
]


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
    upload = label("Upload a file: CSV, Excel, JSON, XML, Parquet")
    form = Form("batch", upload, [limit, keep], partial(_write_form, view, token))
    upload_form(view, view.start, blocks, token, form)


def _write_form(view: BatchView, token: gr.BrowserState, result: gr.HTML) -> None:
    """Lay out what writes and downloads the files of a result, which its rows may change."""
    with gr.Column(visible=False, elem_id="batch-write") as writing:
        with gr.Row():
            column = gr.Textbox(
                label=label("Column for the tags"),
                placeholder=label("the column of tags in the file"),
                max_lines=1,
                max_length=_LONGEST_COLUMN,
                elem_id="batch-column",
            )
            language = gr.Dropdown(_LANGUAGES, value="", label=label("Tag names"), elem_id="batch-language")
            write = gr.Button(label("Write my file"), variant="primary", elem_id="batch-file")
        files = gr.HTML(elem_id="batch-files", elem_classes="tw-work", apply_default_css=False)

    def click(event: gr.EventData, token: str) -> str:
        return view.change(token, {key: str(getattr(event, key, "")) for key in ("row", "tag", "pressed")})

    def show(token: str) -> list[Any]:
        shown, done = view.files(token)
        return [gr.Column(visible=done), shown]

    result.click(click, token, files, **every_one())
    result.change(show, token, [writing, files], **private("hidden"))
    write.click(view.write, [token, column, language], files, **private(), **RAW)
