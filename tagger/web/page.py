"""The page: where things stand, and which event of the view each of them starts."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import api

from index.errors import TagweaveError
from tagger.web.answer import HINT
from tagger.web.batch_tab import batch_tab, kept_token
from tagger.web.batch_view import BatchView
from tagger.web.catalogue_tab import catalogue_tab
from tagger.web.examples import EXAMPLES
from tagger.web.inputs import search_request, suggest_request
from tagger.web.limits import BROWSING, MOST_WAITING, TAGGING, private
from tagger.web.service import Service, listed
from tagger.web.view import View

STYLE = Path(__file__).parent / "style.css"


# What was uploaded and not taken is deleted every hour.
_LEFT_UPLOADS_S = (3600, 3600)
_FONTS = ("system-ui", "-apple-system", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
# Where the columns stand below one another, the answer may be out of sight.
_TO_ANSWER = """() => {
    if (innerWidth < 700) document.querySelector("#answer").scrollIntoView({behavior: "smooth", block: "start"});
}"""


def theme() -> gr.themes.Base:
    """Return the colours; the fonts are those of the visitor's system, so that nothing is fetched."""
    return gr.themes.Base(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="slate",
        radius_size="lg",
        font=_FONTS,
        font_mono=("ui-monospace", "monospace"),
    ).set(
        body_text_color_subdued="*neutral_500",
        block_info_text_color="*neutral_500",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
    )


def page(service: Service) -> gr.Blocks:
    """Lay out the page."""
    view = View(service)
    blocks: gr.Blocks
    with gr.Blocks(title="Tagweave", analytics_enabled=False, delete_cache=_LEFT_UPLOADS_S) as blocks:
        header = gr.HTML(elem_id="header", apply_default_css=False)
        blocks.load(view.headline, None, header, **private(BROWSING))
        token = kept_token()
        with gr.Tabs():
            with gr.Tab("打标签 Tag", id="tag"):
                _tag_tab(view)
            with gr.Tab("商品目录 Catalogue", id="catalogue"):
                catalogue_tab(view, blocks)
            with gr.Tab("批量 Batch", id="batch"):
                batch_tab(BatchView(service.batches), blocks, token)
        _named_endpoints(service)
    blocks.queue(max_size=MOST_WAITING, default_concurrency_limit=2, api_open=False)
    return blocks


def _tag_tab(view: View) -> None:
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=320):
            # One line that grows: Enter sends, Shift+Enter starts a new line.
            text = gr.Textbox(
                label="商品标题与描述 Title and description",
                info="第一行是标题，其余是描述；Shift+Enter 换行 · "
                "First line: title, the rest: description; Shift+Enter: new line",
                placeholder="例如 for example: 全自动洗衣机",
                lines=1,
                max_lines=14,
                elem_id="text",
            )
            limit = gr.Slider(1, 30, value=10, step=1, label="标签数量 Number of tags", elem_id="limit")
            button = gr.Button("打标签 Suggest tags", variant="primary", elem_id="suggest")
            examples = gr.Dataset(
                components=[text],
                samples=[[example.text] for example in EXAMPLES],
                sample_labels=[example.name for example in EXAMPLES],
                label="例子 Examples",
                elem_id="examples",
            )
        with gr.Column(scale=7, min_width=320):
            shown = gr.HTML(str(HINT), elem_id="answer", apply_default_css=False)
    asked = gr.on([button.click, text.submit], view.tagged, [text, limit], shown, **private(TAGGING, "full"))
    picked = examples.click(_picked, examples, text, **private(BROWSING))
    tried = picked.then(view.tagged, [text, limit], shown, **private(TAGGING, "full"))
    for done in (asked, tried):
        done.then(None, js=_TO_ANSWER)


def _picked(sample: list[str]) -> str:
    return sample[0]


def _named_endpoints(service: Service) -> None:
    """Offer `suggest` and `search` to `gradio_client`, and as tools where MCP is served."""

    def suggest(text: str, description: str = "", limit: int = 10) -> dict[str, Any]:
        """Suggest tags for a product, with probabilities and evidence.

        Args:
            text: The product's title, or title and description in one.
            description: Its description.
            limit: How many tags at most, 1 to 100.
        """
        given = {"title": text, "description": description} if description else {"text": text}
        with _said_to_client():
            return service.suggest(suggest_request(**given, limit=limit)).as_dict()

    def search(
        query: str = "", tags: list[str] | None = None, lang: str = "", limit: int = 20, offset: int = 0
    ) -> dict[str, Any]:
        """List products of the catalogue that have every word of the query and every tag.

        Args:
            query: Words, split at white space.
            tags: Tags, by name or label in either language.
            lang: "zh", "en", "other", or "" for all.
            limit: How many products at most, 1 to 100.
            offset: How many products to pass over.
        """
        given = {"q": query, "tag": tags or [], "lang": lang, "limit": limit, "offset": offset}
        with _said_to_client():
            return listed(service.search(search_request(**given)))

    api(suggest, api_name="suggest", concurrency_limit=TAGGING.at_once, concurrency_id=TAGGING.name)
    api(search, api_name="search", concurrency_limit=BROWSING.at_once, concurrency_id=BROWSING.name)


@contextlib.contextmanager
def _said_to_client() -> Iterator[None]:
    try:
        yield
    except TagweaveError as error:
        raise gr.Error(str(error), print_exception=False) from error
