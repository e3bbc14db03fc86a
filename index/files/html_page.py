"""Extract a product from the HTML source of its page, as people copy it from a shop."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from index.product import Product, make_product

# A page begins with one of these tags, after nothing but comments; a title that contains markup does not.
_BEGINNING = re.compile(
    r"\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
# Elements that every page of a shop has, or that are not shown.
_AROUND = "script, style, template, noscript, nav, header, footer, aside, form, button, select, svg, iframe, dialog"
_BLOCKS = "p, div, li, td, th, tr, br, section, h2, h3, h4, h5, h6, dt, dd"


class Texts(NamedTuple):
    """A product's title and description, as found on its page."""

    title: str
    description: str


def is_page(text: str) -> bool:
    """Tell whether a text is the HTML source of a page."""
    return _BEGINNING.match(text) is not None


def product_in(text: str) -> Product:
    """Return the product in a pasted text: a page's source, or a title line followed by the description."""
    if is_page(text):
        return make_product(*texts_of(text))
    title, _, description = text.strip().partition("\n")
    return make_product(title, description)


def texts_of(source: str) -> Texts:
    """Find the product's texts on a page; a text that is not found is empty.

    Metadata comes first: a schema.org `Product` in JSON-LD, then the properties of Open Graph. Without either, the main
    heading is the title, and the text of the main part is the description.
    """
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(source)
    said = next(_products(page), {})
    title = _text(said.get("name")) or _property(page, "og:title") or _first(page, "h1") or _first(page, "title")
    described = _text(said.get("description")) or _property(page, "og:description") or _property(page, "description")
    return Texts(title, described or _main_text(page))


def _products(page: Any) -> Iterator[dict[str, Any]]:
    for script in page.css('script[type="application/ld+json"]'):
        try:
            yield from _of_type(json.loads(script.text()), "Product")
        # Shops' JSON-LD may be invalid, or nested deeper than Python's recursion limit.
        except (ValueError, RecursionError):
            continue


def _of_type(node: Any, name: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a type, at any depth."""
    if isinstance(node, list):
        for each in node:
            yield from _of_type(each, name)
    elif isinstance(node, dict):
        kinds = node.get("@type")
        if name in (kinds if isinstance(kinds, list) else [kinds]):
            yield node
        for each in node.values():
            yield from _of_type(each, name)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _property(page: Any, name: str) -> str:
    found = page.css_first(f'meta[property="{name}"], meta[name="{name}"]')
    return _text(found.attributes.get("content")) if found else ""


def _first(page: Any, selector: str) -> str:
    found = page.css_first(selector)
    return " ".join(found.text().split()) if found else ""


def _main_text(page: Any) -> str:
    body = page.css_first("main") or page.css_first("article") or page.body
    if body is None:
        return ""
    for each in body.css(f"{_AROUND}, h1"):
        each.decompose()
    for each in body.css(_BLOCKS):
        each.insert_after("\n")
    lines = (" ".join(line.split()) for line in body.text().splitlines())
    return "\n".join(filter(None, lines))
