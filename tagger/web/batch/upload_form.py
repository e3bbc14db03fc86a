"""A form for a visitor's file: upload, column mapping, preview, start and stop, progress."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from index.messages import mark
from tagger.web.batch.view import BatchView
from tagger.web.components.client_scripts import read_script
from tagger.web.components.event_options import RAW, private
from tagger.web.i18n.translations import label
from tagger.web.service.uploads import Upload

_LABELS = {
    "title": "title",
    "description": "description",
    "tags": mark("existing tags"),
    "id": "id",
    "lang": "language",
}
_NO_COLUMN = (label("— none"), "")
_EVERY_S = 1.0

# Starts work on a token's file with a column mapping and other settings; returns an error as HTML, or an empty string.
Start = Callable[[str, Mapping[str, str], Sequence[Any]], str]


@dataclass(frozen=True)
class Form:
    """The name of a form, the label of its upload field, and its additional settings.

    `below` lays out what belongs to the result, under the component that shows it.
    """

    name: str
    upload: str
    settings: Sequence[Component] = ()
    below: Callable[[gr.HTML], None] | None = None


@dataclass(frozen=True)
class _Parts:
    """Components that the events read and write."""

    token: gr.BrowserState
    columns: list[gr.Dropdown]
    settings: Sequence[Component]
    chosen: gr.Column
    preview: gr.HTML
    mistake: gr.HTML
    progress: gr.HTML
    timer: gr.Timer


def upload_form(view: BatchView, start: Start, blocks: gr.Blocks, token: gr.BrowserState, form: Form) -> None:
    """Lay out the form and connect its events. The components in `form.settings` are rendered inside it."""
    name = form.name
    file = gr.File(label=form.upload, type="filepath", height=140, elem_id=f"{name}-upload", elem_classes="tw-upload")
    with gr.Column(visible=False, elem_id=f"{name}-settings") as chosen:
        with gr.Row():
            columns = [
                gr.Dropdown([_NO_COLUMN], value="", label=label(word), min_width=150, elem_id=f"{name}-column-{field}")
                for field, word in _LABELS.items()
            ]
        if form.settings:
            with gr.Row():
                for setting in form.settings:
                    setting.render()  # type: ignore[no-untyped-call]
        with gr.Row():
            begin = gr.Button(label("Start or resume"), variant="primary", elem_id=f"{name}-start")
            stop = gr.Button(label("Stop"), elem_id=f"{name}-stop")
    # A separate element: the progress is replaced every second. Both are beside the button that starts the work.
    mistake = gr.HTML(elem_id=f"{name}-mistake", apply_default_css=False)
    progress = gr.HTML(
        elem_id=f"{name}-progress", elem_classes="tw-work", apply_default_css=False, js_on_load=read_script("clicks")
    )
    if form.below:
        form.below(progress)
    preview = gr.HTML(elem_id=f"{name}-preview", elem_classes="tw-preview", apply_default_css=False)
    timer = gr.Timer(_EVERY_S, active=False)
    parts = _Parts(token, columns, form.settings, chosen, preview, mistake, progress, timer)
    _events(view, start, blocks, parts, file, begin, stop)


def _events(
    view: BatchView,
    start: Start,
    blocks: gr.Blocks,
    parts: _Parts,
    file: gr.File,
    begin: gr.Button,
    stop: gr.Button,
) -> None:
    def take(path: str, former: str) -> list[Any]:
        # What was shown belongs to another file, also if this one is refused.
        view.stop(former)
        seen, problem = view.take(path)
        return [*shown_file(seen), "", problem]

    def drop(former: str) -> list[Any]:
        view.stop(former)
        return [*shown_file(Upload()), "", ""]

    def restore(token: str) -> list[Any]:
        return [*shown_file(view.restore(token)), *_show(view, token)]

    def shown_file(seen: Upload) -> list[Any]:
        choices = [_NO_COLUMN, *((column, column) for column in seen.columns)]
        shown = [gr.Dropdown(choices=choices, value=seen.mapping.get(field, "")) for field in _LABELS]
        chosen = {field: seen.mapping.get(field, "") for field in _LABELS}
        return [seen.token, *shown, gr.Column(visible=bool(seen.token)), view.preview(seen.token, chosen)]

    def preview(token: str, *columns: str) -> str:
        return view.preview(token, dict(zip(_LABELS, columns, strict=True)))

    def begin_work(token: str, *given: Any) -> list[Any]:
        settings, columns = given[: len(parts.settings)], given[len(parts.settings) :]
        problem = start(token, dict(zip(_LABELS, columns, strict=True)), settings)
        return [problem, *_show(view, token)]

    shown, both = [parts.progress, parts.timer], private("hidden")
    outputs = [parts.token, *parts.columns, parts.chosen, parts.preview]
    file.upload(take, [file, parts.token], [*outputs, parts.progress, parts.mistake], **private())
    gr.on([file.clear, file.delete], drop, parts.token, [*outputs, parts.progress, parts.mistake], **private("hidden"))
    blocks.load(restore, parts.token, [*outputs, *shown], **both)
    changes = [column.input for column in parts.columns]
    gr.on(changes, preview, [parts.token, *parts.columns], parts.preview, **both, **RAW)
    given = [parts.token, *parts.settings, *parts.columns]
    begin.click(begin_work, given, [parts.mistake, *shown], **both, **RAW)
    stop.click(view.stop, parts.token, None, **both)
    parts.timer.tick(lambda token: _show(view, token), parts.token, shown, **both)


def _show(view: BatchView, token: str) -> list[Any]:
    html, goes_on = view.progress(token)
    return [html, gr.Timer(active=goes_on)]
