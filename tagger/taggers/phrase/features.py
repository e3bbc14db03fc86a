"""Features of phrases: position and writing, and how their words occur in other products."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tagger.taggers.phrase.counts import PLACES, Numbers
from tagger.taggers.phrase.spans import LONGEST, Ints, Spans

Columns = dict[str, npt.NDArray[np.floating]]
# Smoothing: the pseudo-count of a word, in texts, and the prior shares of words and phrases.
_WORD_DOUBT = 2.0
_WORD_SHARE = 0.1
_PHRASE_SHARE = 0.1


def columns(spans: Spans, numbers: Numbers) -> Columns:
    """Return the features by name, float64 (spans,) each; NaN if there is no such word."""
    return {
        **_standing(spans),
        **_frequency(spans, numbers),
        **_surroundings(spans, numbers),
        **_coverage(spans, numbers),
    }


def _standing(spans: Spans) -> Columns:
    """Return features of the phrase's position, case, script and the signs around it."""
    tokens, first, last = spans.tokens, spans.first, spans.last
    return {
        "place": tokens.place[first],
        "start": tokens.start[first],
        "words": last - first + 1,
        "characters": np.array([len(phrase) for phrase in spans.phrases]),
        "case of the first word": tokens.case[first],
        "case of the last word": tokens.case[last],
        "case of the next word": _at(tokens.case, tokens.next[last]),
        "script of the first word": tokens.script[first],
        "script of the last word": tokens.script[last],
        "script of the next word": _at(tokens.script, tokens.next[last]),
        "gap before": tokens.before[first],
        "gap after": tokens.after[last],
        "left of the title": tokens.title[last] - tokens.end[last],
    }


def _frequency(spans: Spans, numbers: Numbers) -> Columns:
    """Return features of how often the phrase and its words occur in other texts."""
    tokens, first, last = spans.tokens, spans.first, spans.last
    texts = np.log1p(numbers.places[:, 0])
    return {
        "texts with the phrase": np.log1p(numbers.texts),
        "products with the tag": np.log1p(numbers.tags),
        "share right": _reliability(numbers),
        "texts with the first word": texts[first],
        "texts with the last word": texts[last],
        "texts with the rarest word": _over(texts, spans, np.minimum),
        "texts with the commonest word": _over(texts, spans, np.maximum),
        "texts with the previous word": _at(texts, tokens.previous[first]),
        "texts with the next word": _at(texts, tokens.next[last]),
    }


def _surroundings(spans: Spans, numbers: Numbers) -> Columns:
    """Return features of how often its words, and the words next to it, are in or next to tags of other products."""
    tokens, first, last = spans.tokens, spans.first, spans.last
    inside, after, before = (_word_share(numbers, place) for place in PLACES[1:])
    return {
        "first word in tags": inside[first],
        "last word in tags": inside[last],
        "least of its words in tags": _over(inside, spans, np.minimum),
        "most of its words in tags": _over(inside, spans, np.maximum),
        "previous word in tags": _at(inside, tokens.previous[first]),
        "next word in tags": _at(inside, tokens.next[last]),
        "next word after tags": _at(after, tokens.next[last]),
        "last word after tags": after[last],
        "previous word before tags": _at(before, tokens.previous[first]),
        "first word before tags": before[first],
    }


def _coverage(spans: Spans, numbers: Numbers) -> Columns:
    """Return features of how reliably known tags cover its words, the words next to it, and the start of the text."""
    tokens = spans.tokens
    sure = np.where(numbers.tags > 0, np.minimum(_reliability(numbers), 1), 0)
    cover = np.zeros(len(tokens.words))
    for offset in range(LONGEST):
        at = spans.first + offset
        within = at <= spans.last
        np.maximum.at(cover, at[within], sure[within])
    opening = np.zeros(int(tokens.product.max(initial=-1)) + 1)
    at_start = tokens.place[spans.first] == 0
    np.maximum.at(opening, spans.product[at_start], sure[at_start])
    return {
        "covered": _over(cover, spans, np.maximum),
        "next word covered": _at(cover, tokens.next[spans.last]),
        "previous word covered": _at(cover, tokens.previous[spans.first]),
        "opening covered": opening[spans.product],
    }


def _reliability(numbers: Numbers) -> npt.NDArray[np.float64]:
    """Return the smoothed share of texts with the phrase in which it is a tag."""
    return np.asarray((numbers.right + _PHRASE_SHARE) / (np.maximum(numbers.texts, numbers.right) + 1), np.float64)


def _word_share(numbers: Numbers, place: str) -> npt.NDArray[np.float64]:
    texts = numbers.places[:, 0]
    share = (numbers.places[:, PLACES.index(place)] + _WORD_DOUBT * _WORD_SHARE) / (texts + _WORD_DOUBT)
    return np.asarray(share, np.float64)


def _at(values: np.ndarray, tokens: Ints) -> npt.NDArray[np.float64]:
    """Return the values at these token indices, NaN for index -1."""
    return np.where(tokens >= 0, values[tokens], np.nan) if len(values) else np.zeros(0)


def _over(values: np.ndarray, spans: Spans, joined: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Reduce the values of each phrase's words with `joined`, (spans,)."""
    result = values[spans.first]
    for offset in range(1, LONGEST):
        at = spans.first + offset
        within = at <= spans.last
        result[within] = joined(result[within], values[at[within]])
    return np.asarray(result)
