"""Lay out the review tab and connect its events to the view."""

from typing import Any

import gradio as gr

from tagger.feedback.user_input import LONGEST_NAME
from tagger.web.components.client_scripts import read_script
from tagger.web.components.event_options import every_one, private
from tagger.web.i18n.translations import label
from tagger.web.review.view import Reviewing, ReviewView

_EVERY_S = 1.0
_SAID = ("move", "kind", "tag", "id", "undo", "rest")


def review_tab(view: ReviewView, blocks: gr.Blocks, tab: gr.Tab, kept: gr.BrowserState) -> None:
    """Lay out the tab and connect its events."""
    at = gr.State(Reviewing())
    with gr.Row(equal_height=False):
        with gr.Column(scale=9, min_width=320):
            shown = gr.HTML(
                elem_id="review",
                apply_default_css=False,
                js_on_load=read_script("clicks") + read_script("keys") + read_script("light_words"),
            )
        with gr.Column(scale=3, min_width=260):
            name = gr.Textbox(
                label=label("Reviewer"),
                placeholder=label("anonymous"),
                max_lines=1,
                max_length=LONGEST_NAME,
                elem_id="reviewer",
            )
            sought = gr.Textbox(
                label=label("Add a tag"), placeholder=label("e.g. refrigerator"), max_lines=1, elem_id="add-tag"
            )
            found = gr.HTML(elem_id="tags-to-add", apply_default_css=False, js_on_load=read_script("clicks"))
            progress = gr.HTML(elem_id="queue", apply_default_css=False)
    timer = gr.Timer(_EVERY_S, active=False)

    def open(at: Reviewing) -> list[Any]:
        return [*view.open(at), *_progress(view)]

    def tick(at: Reviewing) -> list[Any]:
        return [*((gr.skip(), gr.skip()) if at.shown else view.open(at)), *_progress(view)]

    def click(event: gr.EventData, at: Reviewing, by: str) -> list[Any]:
        said = {key: str(getattr(event, key, "")) for key in _SAID}
        at, html = view.click(at, said, by)
        return [at, html, *_progress(view)]

    outputs = [at, shown, progress, timer]
    tab.select(open, at, outputs, **private())
    moved = shown.click(click, [at, name], outputs, **every_one())
    found.click(click, [at, name], outputs, **every_one())
    # Clear both in the browser at once: by the time the server answers, the next tag may have been typed.
    found.click(None, None, [sought, found], js="() => ['', '']")
    # The buttons carry the product's id, so they must be rendered again for another product.
    for offer in (moved.then, sought.change):
        offer(view.pick_tags, [sought, at], found, **private("hidden"))
    timer.tick(tick, at, outputs, **private("hidden"))
    name.change(lambda name: name, name, kept, **private("hidden"))
    blocks.load(lambda name: name, kept, name, **private("hidden"))


def _progress(view: ReviewView) -> list[Any]:
    html, goes_on = view.progress()
    return [html, gr.Timer(active=goes_on)]
