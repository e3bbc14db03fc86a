"""What the generator reads and writes: the same text in training and at inference.

Any change of what these functions return is a new `PROMPT_VERSION`: a model that was trained on another prompt is
refused instead of being asked in words it does not know.
"""

from collections.abc import Iterable

from index.product import Product

PROMPT_VERSION = 1
DESCRIPTION_CHARS = 800
SEPARATOR = "|"


def prompt(product: Product, neighbours_tags: Iterable[str] = ()) -> str:
    """Say what the product is: title, tags of its neighbours if there are any, description cut at a budget."""
    parts = [
        f"title: {product.title}" if product.title else "",
        f"similar: {target(neighbours_tags)}" if neighbours_tags else "",
        f"description: {product.description[:DESCRIPTION_CHARS]}" if product.description else "",
    ]
    return " ".join(filter(None, parts))


def target(tags: Iterable[str]) -> str:
    """Write tags as one line; the separator within a tag becomes a slash."""
    return f" {SEPARATOR} ".join(tag.replace(SEPARATOR, "/") for tag in tags)


def parse(text: str) -> list[str]:
    """Read the tags of a line that `target` or the model wrote, each once, in their order."""
    return list(dict.fromkeys(filter(None, (" ".join(part.split()) for part in text.split(SEPARATOR)))))
