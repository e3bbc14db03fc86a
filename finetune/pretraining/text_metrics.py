"""Metrics of generated tags as text: overlap with the right tags, variety, and invented tags."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.product import Product
from tagger.vocabulary import fold, stands

Tags = Sequence[str]


@dataclass(frozen=True)
class Invention:
    """The share of all written tags that no product of the store has, and the share of these without support."""

    new: float
    unsupported_of_new: float


def rouge_l(written: Sequence[Tags], right: Sequence[Tags]) -> float:
    """Return the mean ROUGE-L F1 (Lin 2004); a token is a word or a Chinese character.

    The order of tags has no meaning, so both sides are sorted alphabetically.
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
    """Return the length of the longest common subsequence."""
    lengths = [0] * (len(second) + 1)
    for token in first:
        diagonal = 0
        for place, other in enumerate(second, start=1):
            above = lengths[place]
            lengths[place] = diagonal + 1 if token == other else max(above, lengths[place - 1])
            diagonal = above
    return lengths[-1]


def distinct(written: Sequence[Tags], n: int) -> float:
    """Return the share of distinct n-grams of words among all that were written (Li et al. 2016)."""
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
    """Return the share of new tags, and the share of these found neither in the text nor among the neighbours' tags."""
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
