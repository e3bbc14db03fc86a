"""Examples of products to tag: those that came with the store, or products of its own."""

import logging
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from index.product import Product
from index.store import Store
from tagger.demo.paths import EXAMPLES

log = logging.getLogger(__name__)

_DRAWN = 200
_MOST = 4
_LONGEST_NAME, _LONGEST_TEXT = 28, 600


@dataclass(frozen=True)
class Example:
    """A text to tag, its short name on the page, and its language."""

    name: str
    text: str
    lang: str


def examples_of(store: Store) -> list[Example]:
    """Return the examples in the store's `examples.json`, or some of its products, or the packaged examples."""
    file = store.folder / EXAMPLES.name
    if file.is_file():
        try:
            return _read(file.read_bytes())
        except ValidationError as error:
            log.warning("no examples are read from %s: %s", file, error)
    return own_examples(store.catalogue.sample(_DRAWN)) or _read(EXAMPLES.read_bytes())


def _read(written: bytes) -> list[Example]:
    return TypeAdapter(list[Example]).validate_json(written)


def own_examples(products: list[Product]) -> list[Example]:
    """Return a few products of each language as examples, those with a description first."""
    titled = sorted((each for each in products if each.title), key=lambda each: not each.description)
    chosen = []
    for lang in dict.fromkeys(each.lang for each in titled):
        chosen += [_example(each) for each in titled if each.lang == lang][:_MOST]
    return chosen


def _example(product: Product) -> Example:
    name = product.title[:_LONGEST_NAME] + ("…" if len(product.title) > _LONGEST_NAME else "")
    return Example(name, product.shown[:_LONGEST_TEXT], product.lang)
