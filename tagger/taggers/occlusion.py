"""Which words of a text speak for a tag: those without which a tagger would hardly say it.

As Zeiler and Fergus (ECCV 2014) cover parts of a picture, each word in turn is left out, wherever it stands.
"""

import math
from collections.abc import Callable, Collection, Sequence

from index.product import Product
from index.text.tokens import word_spans
from tagger.types import Evidence, Ranking, Span

Suggest = Callable[[Sequence[Product]], list[Ranking]]

# Of a long text the beginning is looked at, so that the time for an answer has an end.
_MOST_WORDS = 48
_MOST_SHOWN = 3
# A word speaks for a tag where without it the odds are less than 1 / e of what they were.
_LEAST_LOSS = 1.0
_UNSAID = 1e-3
# What is hardly suggested needs no words.
_SUGGESTED = 0.1


def occlusion(suggest: Suggest, text: str, whole: Ranking, tags: Collection[str]) -> dict[str, Evidence]:
    """Return for each tag the places of the words that speak most for it; nothing for a tag that none speaks for.

    `whole` is what is suggested for the text as it is; `suggest` is asked once, for the text without each of its words.
    It must depend on the text alone.
    """
    scores = {tag: score for tag, score in whole if tag in tags and score >= _SUGGESTED}
    places = _places(text) if scores else {}
    if not places:
        return {}
    others = [dict(ranking) for ranking in suggest([Product("", _without(text, spans)) for spans in places.values()])]
    found = {}
    for tag in (tag for tag in tags if tag in scores):
        losses = [_logit(scores[tag]) - _logit(other.get(tag, 0.0)) for other in others]
        spoken = sorted(zip(losses, places.values(), strict=True), key=lambda pair: -pair[0])[:_MOST_SHOWN]
        spans = [span for loss, of_word in spoken if loss >= _LEAST_LOSS for span in of_word]
        if spans:
            found[tag] = Evidence(spans=tuple(sorted(spans, key=lambda span: span.start)))
    return found


def _places(text: str) -> dict[str, list[Span]]:
    """Return the first words of a text, each with all its places."""
    places: dict[str, list[Span]] = {}
    for word, start, end in word_spans(text):
        if word in places or len(places) < _MOST_WORDS:
            places.setdefault(word, []).append(Span(start, end, text[start:end]))
    return places


def _without(text: str, spans: Sequence[Span]) -> str:
    """Return the text with a space in place of each span, so that its neighbours do not grow together."""
    bounds = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    return " ".join(text[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))


def _logit(probability: float) -> float:
    bounded = min(max(probability, _UNSAID), 1 - _UNSAID)
    return math.log(bounded / (1 - bounded))
