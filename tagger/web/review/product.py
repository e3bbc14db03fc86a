"""Show one product of the review queue, as HTML whose buttons move, decide and undo."""

from markupsafe import Markup

from tagger.feedback.review_item import ReviewItem
from tagger.feedback.review_priority import ReviewPriority
from tagger.vocabulary import Vocabulary
from tagger.web.components import decision_rows as verdicts
from tagger.web.components.highlight import marked
from tagger.web.components.product_cards import headline
from tagger.web.components.punctuation import typeset
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import hint, say

_LONGEST_TEXT = 3000
_KEYS = (
    ("j ↓", "next tag"),
    ("k ↑", "previous tag"),
    ("a", "accept"),
    ("r", "reject"),
    ("u", "undo"),
    ("n →", "next product"),
    ("p ←", "previous product"),
)
_UNDO = Markup('<button type="button" class="tw-taken tw-undo-last" data-undo="{}" data-spot="last">{}</button>')
_DOWNLOADS = Markup(
    '<p class="tw-downloads">{} '
    '<a href="api/decisions/decisions.csv" download>CSV</a>'
    '<a href="api/decisions/decisions.jsonl" download>JSONL</a></p>'
).format(say("Export all decisions"))
HELP = Markup('<p class="tw-facts tw-keys" aria-label="{}">{}</p>{}').format(
    hint("Keyboard"),
    Markup("").join(Markup("<span><kbd>{}</kbd> {}</span>").format(keys, say(does)) for keys, does in _KEYS),
    _DOWNLOADS,
)


def moves(place: int, shown: int) -> Markup:
    """Show where a reviewer is, with the buttons that go back and on."""
    back = Markup(" disabled") if place <= 0 else Markup("")
    return Markup(
        '<div class="tw-moves">'
        '<button type="button" class="tw-taken" data-move="-1" data-spot="back"{}>← {}</button>'
        '<span>{}</span><button type="button" class="tw-taken" data-move="1" data-spot="on">{} →'
        "</button></div>"
    ).format(back, say("Previous"), _place(place) if shown else "", say("Skip, next"))


def _place(place: int) -> Markup:
    return say("no. {0}").format(Markup("<b>{}</b>").format(place + 1))


def product(judged: ReviewItem, worth: ReviewPriority, vocabulary: Vocabulary) -> Markup:
    """Show a product to be reviewed: its text with the words that say a tag, its tags to be judged, its history."""
    each = judged.product
    last = next((past for past in judged.history if past.undone_at is None), None)
    return Markup('<h2 dir="auto">{}</h2>{}<p class="tw-text" dir="auto" tabindex="0">{}</p>{}<h3>{} {}</h3>{}').format(
        headline(each),
        _facts(judged, worth),
        _text(judged),
        verdicts.verdicts(judged),
        say("History"),
        _UNDO.format(last.number, say("Undo the last")) if last else "",
        verdicts.history(judged.history, vocabulary),
    )


def _facts(judged: ReviewItem, worth: ReviewPriority) -> Markup:
    return Markup(
        '<p class="tw-facts"><span>{} <b>{}</b></span><span>{} <b>{}</b></span>'
        '<span title="{}">{} <b>{:.1f}</b></span><span title="{}">{} <b>{:.0%}</b></span>'
        '<span title="{}">{} <b>{}</b></span></p>'
    ).format(
        say("id"),
        judged.product.id,
        say("language"),
        say(names.LANGUAGES.get(judged.product.lang, judged.product.lang)),
        hint("expected number of wrong tags"),
        say("doubt"),
        worth.doubt,
        hint("how much the taggers differ"),
        say("disagreement"),
        worth.disagreement,
        hint("products that learn from it"),
        say("near"),
        worth.near,
    )


def _text(judged: ReviewItem) -> Markup:
    lang = judged.product.lang
    spans = [
        (span, names.tag(row.result.tag, row.result.labels, lang)[0])
        for row in judged.rows
        for span in row.result.evidence.spans
    ]
    return marked(typeset(judged.product.text, lang), spans, longest=_LONGEST_TEXT)
