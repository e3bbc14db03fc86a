"""Find the words that support a tag: leave out each word in turn and compare the tag's score.

The method is occlusion (Zeiler and Fergus, ECCV 2014), applied to words; all occurrences of a word are left out
together.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence

from index.text.tokens import word_spans
from tagger.types import Evidence, Span

# Returns the scores of tags for a text without each of several parts.
Score = Callable[[str, Sequence[Sequence[Span]]], Sequence[Mapping[str, float]]]

# Only the first words of a long text are tried, to bound the response time.
_MOST_WORDS = 48
_MOST_SHOWN = 3
# A word supports a tag if the odds without it drop below 1 / e of the odds with it.
_LEAST_LOSS = 1.0
_UNSAID = 1e-3
# Tags that score less than this are not explained.
_SUGGESTED = 0.1


def occlusion(score: Score, text: str, whole: Mapping[str, float], tags: Collection[str]) -> dict[str, Evidence]:
    """Return for each tag the spans of the words that support it most; tags without such words are left out.

    `whole` has the scores of tags for the complete text. `score` is called once, with the spans of each word.
    """
    scores = {tag: whole[tag] for tag in tags if whole.get(tag, 0.0) >= _SUGGESTED}
    places = _places(text) if scores else {}
    if not places:
        return {}
    others = score(text, list(places.values()))
    found = {}
    for tag, of_whole in scores.items():
        before = _logit(of_whole)
        losses = [before - _logit(other.get(tag, 0.0)) for other in others]
        spoken = sorted(zip(losses, places.values(), strict=True), key=lambda pair: -pair[0])[:_MOST_SHOWN]
        spans = [span for loss, of_word in spoken if loss >= _LEAST_LOSS for span in of_word]
        if spans:
            found[tag] = Evidence(spans=tuple(sorted(spans, key=lambda span: span.start)))
    return found


def _places(text: str) -> dict[str, list[Span]]:
    """Return the first distinct words of a text, each with all its spans."""
    places: dict[str, list[Span]] = {}
    for word, start, end in word_spans(text):
        if word in places or len(places) < _MOST_WORDS:
            places.setdefault(word, []).append(Span(start, end, text[start:end]))
    return places


def _logit(probability: float) -> float:
    bounded = min(max(probability, _UNSAID), 1 - _UNSAID)
    return math.log(bounded / (1 - bounded))
