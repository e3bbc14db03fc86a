"""Count in labelled products where words and phrases stand: inside of tags, beside them, and at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tagger.taggers.phrase.spans import Ints, Spans

# Of a word: in how many texts it stands, and in how many inside of a tag, right after one, right before one.
PLACES = ("texts", "inside", "after", "before")
# A phrase of one text only is counted as one of none: most are, and they would fill the memory.
_LEAST = 2


@dataclass(frozen=True)
class PhraseCounts:
    """What was counted; `words` are rows of `places`, int64 (words, 4).

    `owners` has the tag that a folded phrase names. Of a phrase: in how many texts it stands (`texts`), and in how many
    it is right (`right`); of a tag: how many products have it, whether it stands in the text or not (`tags`).
    """

    owners: Mapping[str, str]

    words: Mapping[str, int]
    places: Ints
    texts: Mapping[str, int]
    right: Mapping[str, int]
    tags: Mapping[str, int]


@dataclass(frozen=True)
class Own:
    """What products contributed themselves: of each token, int64 (tokens, 4), and of each span, (spans,), bool."""

    places: Ints
    right: np.ndarray


@dataclass(frozen=True)
class Numbers:
    """The counts of the tokens, int64 (tokens, 4), and of the spans, (spans,) each."""

    places: Ints
    texts: Ints
    right: Ints
    tags: Ints


def count_phrases(
    spans: Spans, right: np.ndarray, tags: Sequence[Sequence[str]], owners: Mapping[str, str]
) -> tuple[PhraseCounts, Own]:
    """Count over products with the tags given; `right` tells which spans are one of them, (spans,)."""
    words = {word: number for number, word in enumerate(sorted(set(spans.tokens.words)))}
    numbers = np.array([words[word] for word in spans.tokens.words], np.int64)
    flags = _flags(spans, right)
    found = [_per_text(spans.tokens.product, numbers, flag, len(words)) for flag in flags]
    standing = set(zip(spans.product.tolist(), spans.phrases, strict=True))
    texts = Counter(phrase for _, phrase in standing)
    rights = {(int(spans.product[at]), spans.phrases[at]) for at in np.flatnonzero(right)}
    counts = PhraseCounts(
        owners,
        words,
        np.column_stack([of_words for of_words, _ in found]),
        {phrase: count for phrase, count in texts.items() if count >= _LEAST},
        Counter(phrase for _, phrase in rights),
        Counter(tag for of_product in tags for tag in set(of_product)),
    )
    return counts, Own(np.column_stack([of_tokens for _, of_tokens in found]), right)


def look_up(counts: PhraseCounts, spans: Spans, own: Own | None = None) -> Numbers:
    """Return the counts of tokens and spans, without what the products contributed themselves."""
    known = np.array([counts.words.get(word, -1) for word in spans.tokens.words], np.int64)
    places = np.where(known[:, None] >= 0, counts.places[known], 0) if len(counts.places) else _nothing(known)
    texts, right = (
        np.array([of.get(phrase, 0) for phrase in spans.phrases], np.int64) for of in (counts.texts, counts.right)
    )
    tags = np.array([counts.tags.get(counts.owners.get(phrase, ""), 0) for phrase in spans.phrases], np.int64)
    if own is None:
        return Numbers(places, texts, right, tags)
    others = texts - 1
    return Numbers(places - own.places, np.where(others < _LEAST, 0, others), right - own.right, tags - own.right)


def _nothing(known: Ints) -> Ints:
    return np.zeros((len(known), len(PLACES)), np.int64)


def _flags(spans: Spans, right: np.ndarray) -> list[np.ndarray]:
    """Return which tokens stand somewhere, inside of a tag, right after one, right before one."""
    tokens = spans.tokens
    inside, after, before = (np.zeros(len(tokens.words), bool) for _ in PLACES[1:])
    for first, last in zip(spans.first[right], spans.last[right], strict=True):
        inside[first : last + 1] = True
        if tokens.next[last] >= 0:
            after[tokens.next[last]] = True
        if tokens.previous[first] >= 0:
            before[tokens.previous[first]] = True
    return [np.ones(len(tokens.words), bool), inside, after, before]


def _per_text(product: Ints, words: Ints, flag: np.ndarray, size: int) -> tuple[Ints, Ints]:
    """Return in how many texts each word is so, (words,), and of each token whether it is in its own, (tokens,)."""
    pairs = product * max(size, 1) + words
    flagged = np.unique(pairs[flag])
    return np.bincount(flagged % max(size, 1), minlength=size), np.isin(pairs, flagged).astype(np.int64)
