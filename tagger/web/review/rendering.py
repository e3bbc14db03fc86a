"""Render the review tab around its product: the moves, the keys, the tags to add, how far the queue is."""

from collections.abc import Sequence

from markupsafe import Markup

from tagger.feedback.review_queue import QueueProgress
from tagger.vocabulary import Vocabulary
from tagger.web.components.templates import render
from tagger.web.i18n.display_names import named

SHORTCUTS = (
    ("j ↓", "next tag"),
    ("k ↑", "previous tag"),
    ("a", "accept"),
    ("r", "reject"),
    ("u", "undo"),
    ("n →", "next product"),
    ("p ←", "previous product"),
)


def render_page(content: Markup, place: int, turn: int) -> Markup:
    """Show the tab's content between the buttons that go back and on, and the keys; no place before the first product.

    `turn` counts what was shown.
    """
    return render("review/page.html", content=content, place=place, turn=turn, shortcuts=SHORTCUTS)


def render_tags_to_add(found: Sequence[str], new_tag: str, product_id: str, vocabulary: Vocabulary) -> Markup:
    """Show buttons that add a tag to a product; the last one adds a tag that is new, where there is one."""
    pairs = [(tag, named(tag, vocabulary)) for tag in found]
    return render("review/tags_to_add.html", found=pairs, new_tag=new_tag, product_id=product_id)


def render_progress(progress: QueueProgress) -> Markup:
    """Say how far the queue is; nothing where it has no products."""
    return render("review/progress.html", progress=progress)
