"""Measure what a generator writes as text: overlap with the right tags, variety, and what it makes up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.product import Product
from tagger.vocabulary import fold, stands

Tags = Sequence[str]


@dataclass(frozen=True)
class Invention:
    """Tags that no product of the store has: as a share of all tags written, and those of them without support."""

    new: float
    unsupported_of_new: float


def rouge_l(written: Sequence[Tags], right: Sequence[Tags]) -> float:
    """Return the mean ROUGE-L F1 (Lin 2004), a word or a Chinese character being a token, tags in alphabetical order.

    The order of tags means nothing, so both sides are put into the same.
    """
    scores = [_rouge_l(_tokens(one), _tokens(other)) for one, other in zip(written, right, strict=True)]
    return sum(scores) / len(scores) if scores else 0.0


def _tokens(tags: Tags) -> list[str]:
    words = " ".join(sorted(map(fold, tags))).split()
    return [token for word in words for token in (word if not word.isascii() else [word])]


def _rouge_l(written: Sequence[str], right: Sequence[str]) -> float:
    common = longest_common_subsequence(written, right)
    return 2 * common / (len(written) + len(right)) if common else 0.0


def longest_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest sequence that is in both, gaps allowed."""
    lengths = [0] * (len(second) + 1)
    for token in first:
        diagonal = 0
        for place, other in enumerate(second, start=1):
            above = lengths[place]
            lengths[place] = diagonal + 1 if token == other else max(above, lengths[place - 1])
            diagonal = above
    return lengths[-1]


def distinct(written: Sequence[Tags], n: int) -> float:
    """Return the share of different n-grams of words among all that were written (Li et al. 2016)."""
    grams = [
        tuple(words[start : start + n])
        for tags in written
        for words in [_tokens(tags)]
        for start in range(len(words) - n + 1)
    ]
    return len(set(grams)) / len(grams) if grams else 0.0


def invention(
    products: Sequence[Product], written: Sequence[Tags], near: Sequence[Collection[str]], known: Collection[str]
) -> Invention:
    """Return how much is new, and how much of that stands neither in the text nor among the neighbours' tags."""
    names = set(map(fold, known))
    said = [
        (fold(tag), product, others)
        for product, tags, others in zip(products, written, near, strict=True)
        for tag in tags
    ]
    new = [each for each in said if each[0] not in names]
    unsupported = [
        tag for tag, product, others in new if not stands(tag, fold(product.text)) and tag not in map(fold, others)
    ]
    return Invention(len(new) / len(said) if said else 0.0, len(unsupported) / len(new) if new else 0.0)
