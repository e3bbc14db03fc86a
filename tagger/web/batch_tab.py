"""The batch tab: where things stand, and which event of the view each of them starts."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from tagger.web.batch_view import BatchView, Taken
from tagger.web.limits import BROWSING, private
from tagger.web.wrong_files import Reader, reader_of

_LABELS = {
    "title": "标题 title",
    "description": "描述 description",
    "tags": "已有标签 tags",
    "id": "编号 id",
    "lang": "语言 lang",
}
_NO_COLUMN = ("— 无 none", "")
_EVERY_S = 1.0


@dataclass(frozen=True)
class _Parts:
    """What the events read and write."""

    token: gr.BrowserState
    columns: list[gr.Dropdown]
    limit: gr.Slider
    keep: gr.Radio
    chosen: gr.Column
    preview: gr.HTML
    progress: gr.HTML
    timer: gr.Timer


def kept_token() -> gr.BrowserState:
    """Return what the browser remembers the visitor's file by; it has to stand outside of the tabs, which open late."""
    return gr.BrowserState("", storage_key="tagweave-batch")


def batch_tab(view: BatchView, blocks: gr.Blocks, token: gr.BrowserState) -> None:
    """Lay out the tab."""
    file = gr.File(
        label="上传文件 Upload a file: CSV, JSON lines, Parquet",
        type="filepath",
        height=140,
        elem_id="upload",
    )
    with gr.Column(visible=False, elem_id="batch-settings") as chosen:
        with gr.Row():
            columns = [
                gr.Dropdown([_NO_COLUMN], value="", label=label, min_width=150, elem_id=f"column-{field}")
                for field, label in _LABELS.items()
            ]
        with gr.Row():
            limit = gr.Slider(
                1, 30, value=10, step=1, label="每件商品的建议数 Suggestions per product", elem_id="batch-limit"
            )
            keep = gr.Radio(
                [("追加到已有标签 append", True), ("替换已有标签 replace", False)],
                value=True,
                label="已有标签 Existing tags",
                elem_id="keep",
            )
        with gr.Row():
            start = gr.Button("开始或继续 Start or go on", variant="primary", elem_id="batch-start")
            stop = gr.Button("停止 Stop", elem_id="batch-stop")
    preview = gr.HTML(elem_id="batch-preview", apply_default_css=False)
    progress = gr.HTML(elem_id="batch-progress", apply_default_css=False)
    parts = _Parts(token, columns, limit, keep, chosen, preview, progress, gr.Timer(_EVERY_S, active=False))
    _events(view, blocks, parts, file, start, stop)


def _events(
    view: BatchView, blocks: gr.Blocks, parts: _Parts, file: gr.File, start: gr.Button, stop: gr.Button
) -> None:
    def taken(path: str, request: gr.Request) -> list[Any]:
        return shown_file(view.taken(path, _reader(request)), request)

    def restored(request: gr.Request, token: str) -> list[Any]:
        return [*shown_file(view.restored(token), request)[:-1], *_shown(view, token)]

    def shown_file(seen: Taken, request: gr.Request) -> list[Any]:
        choices = [_NO_COLUMN, *((column, column) for column in seen.columns)]
        shown = [gr.Dropdown(choices=choices, value=seen.guess.get(field, "")) for field in _LABELS]
        chosen = {field: seen.guess.get(field, "") for field in _LABELS}
        preview = seen.problem or view.preview(seen.token, chosen, _reader(request))
        return [seen.token, *shown, gr.Column(visible=bool(seen.token)), preview, ""]

    def previewed(request: gr.Request, token: str, *columns: str) -> str:
        return view.preview(token, dict(zip(_LABELS, columns, strict=True)), _reader(request))

    def started(request: gr.Request, token: str, limit: int, keep: bool, *columns: str) -> list[Any]:
        problem = view.started(token, dict(zip(_LABELS, columns, strict=True)), limit, keep, _reader(request))
        return [problem, gr.Timer(active=False)] if problem else _shown(view, token)

    shown, both = [parts.progress, parts.timer], private(BROWSING, "hidden")
    outputs = [parts.token, *parts.columns, parts.chosen, parts.preview, parts.progress]
    file.upload(taken, file, outputs, **private(BROWSING))
    blocks.load(restored, parts.token, [*outputs, parts.timer], **both)
    changes = [column.input for column in parts.columns]
    gr.on(changes, previewed, [parts.token, *parts.columns], parts.preview, **both)
    start.click(started, [parts.token, parts.limit, parts.keep, *parts.columns], shown, **both)
    stop.click(view.stopped, parts.token, None, **both)
    parts.timer.tick(lambda token: _shown(view, token), parts.token, shown, **both)


def _shown(view: BatchView, token: str) -> list[Any]:
    html, goes_on = view.progress(token)
    return [html, gr.Timer(active=goes_on)]


def _reader(request: gr.Request) -> Reader:
    return reader_of(request.headers.get("accept-language", ""))
