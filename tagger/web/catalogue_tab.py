"""The catalogue's tab: where things stand, and which event of the view each of them starts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from index.query import Order
from tagger.choosing import Choice, turned
from tagger.web.limits import BROWSING, private
from tagger.web.view import View

# A click on any button of ours says which; after the new HTML is there, the same button has the focus again.
_CLICKS = """
let last = null;
element.addEventListener('click', event => {
    const button = event.target.closest('button');
    if (!button) return;
    last = {...button.dataset};
    trigger('click', {...button.dataset});
});
element.addEventListener('keydown', event => {
    if (event.key === 'Escape' && element.querySelector('[role=dialog]')) trigger('click', {close: '1'});
});
watch('value', () => {
    const dialog = element.querySelector('[role=dialog]');
    if (dialog) return dialog.focus();
    if (!last || document.activeElement !== document.body) return;
    const same = [...element.querySelectorAll('button')].find(
        button => Object.keys(last).every(key => button.dataset[key] === last[key]));
    if (same) same.focus();
});
"""
_SORTS: list[tuple[str, Order]] = [
    ("相关 best", "relevance"),
    ("最新 newest", "newest"),
    ("最早 oldest", "oldest"),
    ("标题 title", "title"),
    ("标签最多 most tags", "most_tags"),
    ("标签最少 fewest tags", "fewest_tags"),
]


@dataclass(frozen=True)
class _Parts:
    """What the events read and write."""

    choice: gr.State
    controls: list[gr.components.Component]
    listed: list[gr.components.Component]
    product: gr.HTML
    sought: gr.Textbox
    found: gr.HTML


def catalogue_tab(view: View, blocks: gr.Blocks) -> None:
    """Lay out the tab."""
    choice = gr.State(Choice())
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=260, elem_id="facet-column"):
            sought = gr.Textbox(
                label="查找标签 Find a tag", placeholder="冰箱, kitchen …", max_lines=1, elem_id="find-tag"
            )
            found = _clickable("found-tags")
            facets = _clickable("facets")
        with gr.Column(scale=9, min_width=320):
            controls = _controls()
            chosen, shown = _clickable("chosen"), _clickable("products")
            with gr.Row(elem_id="pager"):
                before = gr.Button("← 上一页 Previous", size="sm", min_width=100, elem_id="previous")
                position = gr.HTML(elem_id="position", apply_default_css=False)
                after = gr.Button("下一页 Next →", size="sm", min_width=100, elem_id="next")
            with gr.Accordion("图表 Charts", open=False, elem_id="charts") as folded:
                charts = gr.HTML(apply_default_css=False)
            folded.expand(view.charts, None, charts, **private(BROWSING))
    product = _clickable("product")
    parts = _Parts(choice, controls, [choice, facets, chosen, shown, position, before, after], product, sought, found)
    _listing_events(view, blocks, parts, (before, after))
    _click_events(view, parts, [facets, found, chosen, shown, product])
    sought.change(view.picked, [sought, choice], found, **private(BROWSING, "hidden"))


def _clickable(name: str) -> gr.HTML:
    return gr.HTML(elem_id=name, apply_default_css=False, js_on_load=_CLICKS)


def _controls() -> list[gr.components.Component]:
    with gr.Row():
        text = gr.Textbox(
            label="搜索 Search", placeholder="冰箱, laptop …", max_lines=1, scale=4, min_width=220, elem_id="query"
        )
        meaning = gr.Radio(
            [("文字 words", False), ("语义 meaning", True)],
            value=False,
            label="按 By",
            min_width=270,
            elem_id="meaning",
        )
    with gr.Row():
        sort = gr.Dropdown(_SORTS, value="relevance", label="排序 Sort by", min_width=130, elem_id="sort")
        size = gr.Dropdown([12, 24, 48, 96], value=24, label="每页 Per page", min_width=110, elem_id="size")
        layout = gr.Radio(
            [("卡片 cards", False), ("表格 table", True)],
            value=False,
            label="显示 Show as",
            min_width=200,
            elem_id="layout",
        )
    return [text, meaning, sort, size, layout]


def _listing_events(view: View, blocks: gr.Blocks, parts: _Parts, pager: tuple[gr.Button, gr.Button]) -> None:
    asked = [parts.choice, *parts.controls]
    text, *others = parts.controls
    anew = [text.submit, blocks.load, *(control.change for control in others)]  # type: ignore[attr-defined]
    gr.on(anew, partial(_listed, view, _begun), asked, parts.listed, **private(BROWSING))
    for button, pages in zip(pager, (-1, 1), strict=True):
        turn = partial(turned, pages=pages)
        button.click(partial(_listed, view, turn), asked, parts.listed, **private(BROWSING))


def _click_events(view: View, parts: _Parts, clickable: list[gr.HTML]) -> None:
    def clicked(event: gr.EventData, sought: str, choice: Choice, *controls: Any) -> list[Any]:
        said = {key: str(getattr(event, key, "")) for key in ("open", "close", "facet", "value")}
        unchanged = [gr.skip()] * len(parts.listed)
        if said["open"]:
            return [*unchanged, view.product(said["open"]), gr.skip()]
        if said["close"]:
            return [*unchanged, "", gr.skip()]
        listed = _listed(view, partial(view.chosen, facet=said["facet"], value=said["value"]), choice, *controls)
        return [*listed, "", view.picked(sought, listed[0])]

    for each in clickable:
        each.click(
            clicked,
            [parts.sought, parts.choice, *parts.controls],
            [*parts.listed, parts.product, parts.found],
            **private(BROWSING),
        )


def _begun(choice: Choice) -> Choice:
    return replace(choice, offset=0)


def _listed(
    view: View,
    change: Callable[[Choice], Choice],
    choice: Choice,
    text: str,
    meaning: bool,
    order: Order,
    size: int,
    as_table: bool,
) -> list[Any]:
    """Apply the controls and a change to the choice, and show what is chosen now."""
    choice = change(replace(choice, text=text or "", by_meaning=meaning, order=order, size=size))
    browsed = view.browsed(choice, as_table=as_table)
    buttons = gr.Button(interactive=browsed.before), gr.Button(interactive=browsed.after)
    return [choice, browsed.facets, browsed.chosen, browsed.products, browsed.position, *buttons]
