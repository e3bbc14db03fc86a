"""Lay out the catalogue tab and connect its events to the view."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from index.catalogue.query import Order
from tagger.search.filters import Choice, turn_page
from tagger.web.catalogue.bulk_form import bulk_edit
from tagger.web.catalogue.bulk_view import BulkView
from tagger.web.catalogue.map_view import MapView
from tagger.web.catalogue.view import CatalogueView
from tagger.web.components.client_scripts import read_script
from tagger.web.components.event_options import RAW, every_one, private
from tagger.web.i18n.translations import label
from tagger.web.tag_page.view import TagView

_SAID = ("open", "close", "facet", "value", "judge", "kind", "tag", "id", "undo", "order")
# The data that buttons of a tag's page send.
_SAID_OF_TAG = ("page", "plan", "edit", "unedit", "lang", "size")
_SORTS: list[tuple[str, Order]] = [
    (label("Relevance"), "relevance"),
    (label("newest"), "newest"),
    (label("oldest"), "oldest"),
    (label("title"), "title"),
    (label("most tags"), "most_tags"),
    (label("fewest tags"), "fewest_tags"),
]


@dataclass(frozen=True)
class _Parts:
    """Components that the events read and write."""

    choice: gr.State
    controls: list[gr.components.Component]
    listed: list[gr.components.Component]
    product: gr.HTML
    sought: gr.Textbox
    found: gr.HTML
    tidy: gr.HTML


def catalogue_tab(
    view: CatalogueView, tags: TagView, maps: MapView, bulk: BulkView, blocks: gr.Blocks, name: gr.BrowserState
) -> None:
    """Lay out the tab and connect its events."""
    choice = gr.State(Choice())
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=260, elem_id="facet-column"):
            sought = gr.Textbox(
                label=label("Find a tag"), placeholder=label("e.g. refrigerator"), max_lines=1, elem_id="find-tag"
            )
            found = _clickable("found-tags")
            facets = _clickable("facets")
        with gr.Column(scale=9, min_width=320):
            controls = _controls()
            chosen, shown = _clickable("chosen"), _clickable("products")
            with gr.Row(elem_id="pager"):
                before = gr.Button(label("← Previous"), size="sm", min_width=100, elem_id="previous")
                position = gr.HTML(elem_id="position", apply_default_css=False)
                after = gr.Button(label("Next →"), size="sm", min_width=100, elem_id="next")
            edited = bulk_edit(bulk, choice, name)
            with gr.Accordion(label("Clean up tags"), open=False, elem_id="tidy") as tidying:
                tidy = _clickable("tidy-shown")
            tidying.expand(tags.tidy, None, tidy, **private())
            with gr.Accordion(label("Charts"), open=False, elem_id="charts") as folded:
                charts = gr.HTML(apply_default_css=False)
            folded.expand(view.show_charts, None, charts, **private())
            drawing = _map(maps)
    product = _clickable("product")
    parts = _Parts(
        choice, controls, [choice, facets, chosen, shown, position, before, after], product, sought, found, tidy
    )
    _listing_events(view, blocks, parts, (before, after))
    _click_events(view, tags, parts, [facets, found, chosen, shown, drawing, tidy, product], name)
    edited.then(partial(_list, view, _keep), [choice, *controls], parts.listed, **private())
    sought.change(view.pick_tags, [sought, choice], found, **private("hidden"))


def _map(view: MapView) -> gr.HTML:
    with gr.Accordion(label("Map"), open=False, elem_id="map") as folded:
        facet = gr.Dropdown([], label=label("Colour by"), elem_id="map-facet")
        drawing = _clickable("map-drawing")

    def open() -> list[Any]:
        facets = view.facets()
        first = facets[0][1] if facets else ""
        return [gr.Dropdown(choices=facets, value=first), view.draw(first)]

    folded.expand(open, None, [facet, drawing], **private())
    facet.input(view.draw, facet, drawing, **private(), **RAW)
    return drawing


def _clickable(name: str) -> gr.HTML:
    return gr.HTML(elem_id=name, apply_default_css=False, js_on_load=read_script("clicks"))


def _controls() -> list[gr.components.Component]:
    with gr.Row():
        text = gr.Textbox(
            label=label("Search"),
            placeholder=label("e.g. quiet refrigerator"),
            max_lines=1,
            scale=4,
            min_width=220,
            elem_id="query",
        )
        meaning = gr.Radio(
            [(label("Keyword"), False), (label("Semantic"), True)],
            value=False,
            label=label("Search mode"),
            min_width=270,
            elem_id="meaning",
        )
    with gr.Row():
        sort = gr.Dropdown(_SORTS, value="relevance", label=label("Sort by"), min_width=130, elem_id="sort")
        size = gr.Dropdown([12, 24, 48, 96], value=24, label=label("Per page"), min_width=110, elem_id="size")
        layout = gr.Radio(
            [(label("cards"), False), (label("table"), True)],
            value=False,
            label=label("Show as"),
            min_width=200,
            elem_id="layout",
        )
    return [text, meaning, sort, size, layout]


def _listing_events(view: CatalogueView, blocks: gr.Blocks, parts: _Parts, pager: tuple[gr.Button, gr.Button]) -> None:
    asked = [parts.choice, *parts.controls]
    text, *others = parts.controls
    anew = [text.submit, blocks.load, *(control.change for control in others)]  # type: ignore[attr-defined]
    gr.on(anew, partial(_list, view, _first_page), asked, parts.listed, **private())
    for button, pages in zip(pager, (-1, 1), strict=True):
        turn = partial(turn_page, pages=pages)
        button.click(partial(_list, view, turn), asked, parts.listed, **private())


def _click_events(
    view: CatalogueView, tags: TagView, parts: _Parts, clickable: list[gr.HTML], name: gr.BrowserState
) -> None:
    def click(event: gr.EventData, by: str, sought: str, choice: Choice, *controls: Any) -> list[Any]:
        said = {key: str(getattr(event, key, "")) for key in (*_SAID, *_SAID_OF_TAG)}
        unchanged, rest = [gr.skip()] * len(parts.listed), [gr.skip()] * 2
        if said["edit"] or said["unedit"]:
            shown = tags.change(said, by) if said["edit"] else tags.undo(said, by)
            listed = _list(view, _keep, choice, *controls)
            return [*listed, shown, view.pick_tags(sought, choice), tags.tidy_again() or gr.skip()]
        if said["kind"] or said["undo"]:
            shown = view.decide(said, by)
            return [*_list(view, _keep, choice, *controls), shown, *rest]
        if (drawer := _drawer(view, tags, said, by)) is not None:
            return [*unchanged, drawer, *rest]
        listed = _list(view, partial(view.choose, facet=said["facet"], value=said["value"]), choice, *controls)
        return [*listed, "", view.pick_tags(sought, listed[0]), gr.skip()]

    for each in clickable:
        each.click(
            click,
            [name, parts.sought, parts.choice, *parts.controls],
            [*parts.listed, parts.product, parts.found, parts.tidy],
            **every_one(),
        )


def _drawer(view: CatalogueView, tags: TagView, said: Mapping[str, str], by: str) -> str | None:
    """Return the drawer's content after a click on a button, or None for a button of the list."""
    if said["open"]:
        return view.show_product(said["open"])
    if said["judge"]:
        return view.show_suggestions(said["judge"])
    if said["plan"]:
        return tags.plan(said, by)
    if said["page"]:
        return tags.open(said["page"])
    return "" if said["close"] else None


def _keep(choice: Choice) -> Choice:
    return choice


def _first_page(choice: Choice) -> Choice:
    return replace(choice, offset=0)


def _list(
    view: CatalogueView,
    change: Callable[[Choice], Choice],
    choice: Choice,
    text: str,
    meaning: bool,
    order: Order,
    size: int,
    as_table: bool,
) -> list[Any]:
    """Apply the controls and a change to the choice, and return the new list."""
    choice = change(replace(choice, text=text or "", by_meaning=meaning, order=order, size=size))
    page = view.browse(choice, as_table=as_table)
    buttons = gr.Button(interactive=page.before), gr.Button(interactive=page.after)
    return [page.choice, page.facets, page.chosen, page.products, page.position, *buttons]
