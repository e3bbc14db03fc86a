"""Texts as tokens with their places, and the values of attributes among them as BIO labels.

A token is a Latin word or a single Chinese character, so that a value begins and ends with a token. The label of a
token is 0 outside of all values, 1 + 2k where a value of kind k begins, and 2 + 2k inside of it (Ramshaw and Marcus
1995).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.text.tokens import word_spans
from tagger.types import Span

OUTSIDE = 0
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Token:
    """A part of a text in lower case."""

    word: str
    start: int
    end: int


def tokens_of(text: str, longest: int) -> list[Token]:
    """Return the first tokens of a text."""
    found: list[Token] = []
    for word, start, end in word_spans(text):
        if word.isascii() or end - start != len(word):
            found.append(Token(word, start, end))
        else:
            found += [Token(letter, start + place, start + place + 1) for place, letter in enumerate(word)]
        if len(found) >= longest:
            break
    return found[:longest]


def tokens_within(tokens: Sequence[Token], span: Span) -> range:
    """Return the places of the tokens that a span covers in whole."""
    inside = [place for place, token in enumerate(tokens) if span.start <= token.start and token.end <= span.end]
    return range(inside[0], inside[-1] + 1) if inside else range(0)


def label_tokens(tokens: Sequence[Token], values: Sequence[tuple[str, Span]], kinds: Mapping[str, int]) -> Labels:
    """Return the label of each token; `values` are pairs of a kind and a span. If two overlap, the longer counts."""
    labels = np.full(len(tokens), OUTSIDE, np.int64)
    for kind, span in sorted(values, key=lambda each: (each[1].start - each[1].end, each[1].start, each[0])):
        places = tokens_within(tokens, span)
        if len(places) and not labels[places].any():
            labels[places] = 2 + 2 * kinds[kind]
            labels[places[0]] -= 1
    return labels


def marked_values(labels: Sequence[int]) -> list[tuple[int, range]]:
    """Return the values that labels mark: the kind and the places of its tokens."""
    found: list[tuple[int, range]] = []
    start = kind = -1
    for place, label in enumerate([*labels, OUTSIDE]):
        here = (label - 1) // 2 if label != OUTSIDE else -1
        if kind >= 0 and (here != kind or label % 2 == 1):
            found.append((kind, range(start, place)))
            kind = -1
        if here >= 0 and kind < 0:
            start, kind = place, here
    return found
