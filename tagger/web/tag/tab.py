"""Lay out the tab that tags one product, and connect its events to the view."""

from collections.abc import Mapping, Sequence

import gradio as gr

from tagger.demo.examples import Example
from tagger.web.components.client_scripts import read_script
from tagger.web.components.event_options import RAW, private
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import label
from tagger.web.service.limits import MOST_SUGGESTIONS, TAGS
from tagger.web.tag.answer import prompt
from tagger.web.tag.view import TagTabView

_HIGHEST = 0.99
# Not all browsers accept longer links.
_LONGEST_IN_LINK = 1500
_TAGGERS_FROM_LINK = '() => [new URLSearchParams(location.search).get("taggers") ?? ""]'


def tag_tab(view: TagTabView, blocks: gr.Blocks) -> None:
    """Lay out the tab and connect its events."""
    tried = {lang: examples_in(view.examples(), lang) for lang in ("zh", "en")}
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=320):
            # One line that grows: Enter submits, Shift+Enter starts a new line.
            text = gr.Textbox(
                label=label("Title and description"),
                info=label(
                    "First line: title. Other lines: description. Shift+Enter starts a new line. "
                    "You can also paste a page’s HTML."
                ),
                placeholder=label("e.g. Stainless steel water bottle 750 ml"),
                lines=1,
                max_lines=14,
                elem_id="text",
            )
            limit = gr.Slider(
                1,
                MOST_SUGGESTIONS,
                value=TAGS,
                step=1,
                label=label("Number of tags"),
                buttons=[],
                elem_id="limit",
            )
            threshold, diversity, taggers = _options()
            button = gr.Button(label("Suggest tags"), variant="primary", elem_id="suggest")
            examples = [_examples(text, lang, found) for lang, found in tried.items()]
            gr.HTML(render("tag/own_file.html"), js_on_load=read_script("go_to_tab"), apply_default_css=False)
        with gr.Column(scale=7, min_width=320):
            shown = gr.HTML(
                str(prompt()),
                elem_id="answer",
                apply_default_css=False,
                js_on_load=read_script("light_words") + read_script("copy"),
            )
    # `known` lists all taggers: a link names the chosen ones only if some are left out. `first` is the text that the
    # page opens with; it is tagged when `ready` has it, which changes after the taggers are known.
    known, first = gr.Textbox("", visible=False), gr.Textbox("", visible=False)
    ready = gr.Textbox("", visible="hidden", label=label("Title and description"))
    numbers = [limit, threshold, diversity]
    given = [text, *numbers, taggers, known]
    # Private events take endpoint names too: if this handler were called `suggest`, the endpoint would be `suggest_1`.
    # One event for all of them: an answer that comes late never replaces that to a later question.
    asked = gr.on([button.click, text.submit, ready.change], view.suggest_tags, given, shown, **private("full"), **RAW)
    picked = [each.click(_pick, each, text, **private()) for each in examples]
    answered = [asked, *(each.then(view.suggest_tags, given, shown, **private("full"), **RAW) for each in picked)]
    for done in answered:
        done.then(None, js=read_script("scroll_to_answer"))
        done.then(None, [*given, first], js=read_script("keep_in_link", LONGEST=_LONGEST_IN_LINK))
    linked = blocks.load(
        None,
        [text, *numbers, first],
        [first, text, *numbers],
        js=read_script("read_from_link", MOST=MOST_SUGGESTIONS, HIGHEST=_HIGHEST, FIRST=_first(tried)),
        show_progress="hidden",
    )
    offered = linked.then(
        lambda chosen: _offer(view.taggers(), chosen),
        known,
        [taggers, known],
        js=_TAGGERS_FROM_LINK,
        **private("hidden"),
    )
    offered.then(None, first, ready, js="text => text", show_progress="hidden")


def examples_in(examples: Sequence[Example], lang: str) -> list[Example]:
    """Return the examples for a reader: those in the language, or all if there is none."""
    return [each for each in examples if each.lang == lang] or list(examples)


def _first(examples: Mapping[str, Sequence[Example]]) -> dict[str, str]:
    return {lang: found[0].text if found else "" for lang, found in examples.items()}


def _examples(text: gr.Textbox, lang: str, examples: Sequence[Example]) -> gr.Dataset:
    """Lay out examples for the readers of a language; the style sheet hides them from the others."""
    return gr.Dataset(
        components=[text],
        samples=[[each.text] for each in examples],
        sample_labels=[each.name for each in examples],
        label=label("Examples"),
        elem_id=f"examples-{lang}",
        elem_classes=f"tw-{lang}",
    )


def _options() -> tuple[gr.Slider, gr.Slider, gr.CheckboxGroup]:
    with gr.Accordion(label("Options"), open=False, elem_id="options"):
        threshold = gr.Slider(
            0,
            _HIGHEST,
            value=0,
            step=0.01,
            label=label("Threshold"),
            info=label("Tags at or above this probability are accepted; 0: the store’s threshold"),
            buttons=[],
            elem_id="threshold",
        )
        diversity = gr.Slider(
            0,
            1,
            value=0,
            step=0.05,
            label=label("Diversity"),
            info=label("0: the most likely tags; higher: more varied tags"),
            buttons=[],
            elem_id="diversity",
        )
        taggers = gr.CheckboxGroup(
            [], label=label("Taggers"), info=label("None selected: all are used"), elem_id="taggers"
        )
    return threshold, diversity, taggers


def _offer(taggers: Sequence[str], linked: str) -> tuple[gr.CheckboxGroup, str]:
    chosen = [each for each in taggers if each in linked.split(",")] or list(taggers)
    return gr.CheckboxGroup([(names.source_label(each), each) for each in taggers], value=chosen), ",".join(taggers)


def _pick(sample: list[str]) -> str:
    return sample[0]
