"""Render one product of the review queue, with buttons that decide and undo."""

from markupsafe import Markup

from tagger.feedback.review_item import ReviewItem
from tagger.feedback.review_priority import ReviewPriority
from tagger.vocabulary import Vocabulary
from tagger.web.components.decision_rows import decision_history, decision_rows
from tagger.web.components.highlight import highlight
from tagger.web.components.product_cards import headline
from tagger.web.components.punctuation import typeset
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names

_LONGEST_TEXT = 3000


def render_product(item: ReviewItem, worth: ReviewPriority, vocabulary: Vocabulary) -> Markup:
    """Show a product to review: its text with the evidence highlighted, its tags with buttons, and past decisions."""
    return render(
        "review/product.html",
        product=item.product,
        headline=headline(item.product),
        worth=worth,
        text=_text(item),
        tags=decision_rows(item),
        undoable=next((past for past in item.history if past.undone_at is None), None),
        history=decision_history(item.history, vocabulary),
    )


def _text(item: ReviewItem) -> Markup:
    lang = item.product.lang
    spans = [
        (span, names.tag(row.result.tag, row.result.labels, lang))
        for row in item.rows
        for span in row.result.evidence.spans
    ]
    return highlight(typeset(item.product.shown, lang), spans, longest=_LONGEST_TEXT)
