"""Render the review tab around its product: navigation, keyboard shortcuts, tags to add, queue progress."""

from collections.abc import Sequence

from markupsafe import Markup

from index.messages import mark
from tagger.feedback.review_queue import QueueProgress
from tagger.vocabulary import Vocabulary
from tagger.web.components.templates import render
from tagger.web.i18n.display_names import named

SHORTCUTS = (
    ("j ↓", mark("next tag")),
    ("k ↑", mark("previous tag")),
    ("a", mark("accept")),
    ("r", mark("reject")),
    ("e", mark("accept the rest")),
    ("u", mark("undo")),
    ("/", mark("add a tag")),
    ("n →", mark("next product")),
    ("p ←", mark("previous product")),
)


def render_page(content: Markup, place: int, turn: int) -> Markup:
    """Show the tab's content with the navigation buttons and shortcuts. A negative `place` means no product yet.

    `turn` is the number of renderings so far.
    """
    return render("review/page.html", content=content, place=place, turn=turn, shortcuts=SHORTCUTS)


def render_tags_to_add(found: Sequence[str], new_tag: str, product_id: str, vocabulary: Vocabulary) -> Markup:
    """Show buttons that add one of the tags found. If `new_tag` is not empty, the last button creates that tag."""
    pairs = [(tag, named(tag, vocabulary)) for tag in found]
    return render("review/tags_to_add.html", found=pairs, new_tag=new_tag, product_id=product_id)


def render_progress(progress: QueueProgress) -> Markup:
    """Show the progress of the queue, or nothing if it has no products."""
    return render("review/progress.html", progress=progress)
