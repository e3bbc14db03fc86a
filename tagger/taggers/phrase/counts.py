"""Count in labelled products how often words and phrases occur: inside tags, next to tags, and overall."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from tagger.taggers.phrase.spans import Ints, Spans

# The counts of a word: texts with it, and texts in which it is inside a tag, right after a tag, and right before one.
PLACES = ("texts", "inside", "after", "before")
# Phrases in fewer texts are not counted: most phrases occur in one text only, and would fill the memory.
_LEAST = 2


@dataclass(frozen=True)
class PhraseCounts:
    """Counts over labelled products.

    `owners` maps a folded phrase to the tag that it names. `words` maps a word to its row in `places`, int64
    (words, 4). `texts` is the number of texts with a phrase, `right` the number of texts in which it is a tag of the
    product, and `tags` the number of products with a tag, whether or not it occurs in their text.
    """

    owners: Mapping[str, str]

    words: Mapping[str, int]
    places: Ints
    texts: Mapping[str, int]
    right: Mapping[str, int]
    tags: Mapping[str, int]


@dataclass(frozen=True)
class Own:
    """The products' own contributions to the counts: of each token, int64 (tokens, 4), and each span, bool (spans,)."""

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
    """Count over products with the given tags; `right`, (spans,), marks the spans that are a tag of their product."""
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
    """Return the counts of tokens and spans; if `own` is given, without the products' own contributions."""
    known = _numbers(map(counts.words.get, spans.tokens.words, repeat(-1)))
    places = np.where(known[:, None] >= 0, counts.places[known], 0) if len(counts.places) else _nothing(known)
    texts, right = (_numbers(map(of.get, spans.phrases, repeat(0))) for of in (counts.texts, counts.right))
    owners = map(counts.owners.get, spans.phrases, repeat(""))
    tags = _numbers(map(counts.tags.get, owners, repeat(0)))
    if own is None:
        return Numbers(places, texts, right, tags)
    others = texts - 1
    return Numbers(places - own.places, np.where(others < _LEAST, 0, others), right - own.right, tags - own.right)


def _numbers(found: Iterable[int]) -> Ints:
    return np.array(list(found), np.int64)


def _nothing(known: Ints) -> Ints:
    return np.zeros((len(known), len(PLACES)), np.int64)


def _flags(spans: Spans, right: np.ndarray) -> list[np.ndarray]:
    """Return which tokens occur at all, inside a tag, right after one and right before one, bool (tokens,) each."""
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
    """Return how many texts have each word flagged, (words,), and whether each token's own text does, (tokens,)."""
    pairs = product * max(size, 1) + words
    flagged = np.unique(pairs[flag])
    return np.bincount(flagged % max(size, 1), minlength=size), np.isin(pairs, flagged).astype(np.int64)
