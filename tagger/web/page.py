"""Lay out the page with its tabs."""

import logging
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from fastapi import FastAPI

from tagger.jobs.file_jobs import MOST_BYTES
from tagger.web.api.gradio_endpoints import add_endpoints
from tagger.web.batch.tab import batch_tab
from tagger.web.batch.view import BatchView
from tagger.web.catalogue.bulk_view import BulkView
from tagger.web.catalogue.map_view import MapView
from tagger.web.catalogue.tab import catalogue_tab
from tagger.web.catalogue.view import CatalogueView
from tagger.web.components.browser_state import remember
from tagger.web.components.client_scripts import read_script
from tagger.web.components.event_options import private
from tagger.web.components.templates import render
from tagger.web.i18n.toasts import IN_CHINESE
from tagger.web.i18n.translations import I18N, label
from tagger.web.quality.own_file_view import EvaluationView
from tagger.web.quality.tab import quality_tab
from tagger.web.quality.view import QualityView
from tagger.web.review.tab import review_tab
from tagger.web.review.view import ReviewView
from tagger.web.rules.form import rules_form
from tagger.web.rules.view import RulesView
from tagger.web.service.limits import MOST_CALLS_WAITING
from tagger.web.service.service import Service
from tagger.web.tag.tab import tag_tab
from tagger.web.tag.view import TagTabView
from tagger.web.tag_page.view import TagView
from tagger.web.train.tab import train_tab
from tagger.web.train.view import TrainView

log = logging.getLogger(__name__)

STYLE = Path(__file__).parent / "style.css"


# Every hour, delete uploads older than an hour that were not used.
_LEFT_UPLOADS_S = (3600, 3600)
_FONTS = ("system-ui", "-apple-system", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")


def theme() -> gr.themes.Base:
    """Return the theme. It uses the visitor's system fonts, so that nothing is fetched."""
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
        # Enough contrast to be readable, but not enough to look like typed text.
        input_placeholder_color="#5b6b82",
        input_placeholder_color_dark="#a9b4c4",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
    )


def page(service: Service, *, train: bool = False, store: str = "", stores: Sequence[str] = ()) -> gr.Blocks:
    """Lay out the page of a store, with links to the other `stores`.

    The Train tab is included only if `train` is true.
    """
    # Links name the store if there are several.
    view = CatalogueView(service, store if len(stores) == 1 else "")
    blocks: gr.Blocks
    with gr.Blocks(title="Tagweave", analytics_enabled=False, delete_cache=_LEFT_UPLOADS_S) as blocks:
        header = gr.HTML(elem_id="header", apply_default_css=False, js_on_load=IN_CHINESE + read_script("keep_place"))
        blocks.load(view.show_headline, None, header, **private())
        if len(stores) > 1:
            links = render("components/store_links.html", name=store, stores=stores)
            gr.HTML(links, elem_id="stores", apply_default_css=False)
        # The tokens of the visitor's files, and the reviewer's name.
        token, evaluation, name = remember("batch"), remember("evaluation"), remember("reviewer")
        # On a phone, Gradio would move some tabs into a menu, where a screen reader does not see them as tabs.
        with gr.Tabs(overflow_behavior="wrap"):
            with gr.Tab(label("Tag"), id="tag"):
                tag_tab(TagTabView(service), blocks)
            with gr.Tab(label("Catalogue"), id="catalogue"):
                catalogue_tab(view, TagView(service), MapView(service), BulkView(service), blocks, name)
                rules_form(RulesView(service))
            with gr.Tab(label("Review"), id="review") as tab:
                review_tab(ReviewView(service), blocks, tab, name)
            with gr.Tab(label("Batch"), id="batch"):
                batch_tab(BatchView(service.files), blocks, token)
            with gr.Tab(label("Quality"), id="quality") as tab:
                quality_tab(QualityView(service), EvaluationView(service), blocks, tab, evaluation)
            if train:
                with gr.Tab(label("Train"), id="train"):
                    train_tab(TrainView(service), blocks)
        add_endpoints(service, blocks)
    blocks.queue(max_size=MOST_CALLS_WAITING, api_open=False)
    return blocks


def page_app(service: Service, *, train: bool = False, store: str = "", stores: Sequence[str] = ()) -> FastAPI:
    """Build an application that serves the page, its endpoints and the MCP tools."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    # Gradio's page asks for this, and logs an error where monitoring is off.
    app.get("/monitoring/summary", include_in_schema=False)(lambda: {"functions": {}})
    blocks = page(service, train=train, store=store, stores=stores)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=theme(),
        i18n=I18N,
        css_paths=[STYLE],
        footer_links=["api", "settings"],
        run_history=False,
        show_error=False,
        max_file_size=MOST_BYTES,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=True,
    )
    if blocks.mcp_error:
        # Gradio does not say why its MCP tools are missing.
        log.warning("no tools over MCP: %s", blocks.mcp_error)
    return app
