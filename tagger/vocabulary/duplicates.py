"""Which tags may be one, for a person to decide on."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from index.encoders.base import Encoder
from index.product import Product
from tagger.vocabulary.name_similarity import NameVectors
from tagger.vocabulary.vocabulary import Entry, Vocabulary

Why = Literal["spelled alike", "near in meaning", "translation", "on the same products"]

# "iPhone 6" and "iPhone 6s" are near in meaning, and two.
_NUMBERS = re.compile(r"\w*\d\w*")
# So are "slip" and "non-slip", 对称 and 不对称.
_NEGATION = re.compile(r"^(non|un|anti|不|非|无|免|防)[- ]?")


@dataclass(frozen=True)
class Merge:
    """Two tags that may be one, and why; `tag` would become an alias of `into`.

    The score says how much more speaks for it than is enough, 0 to 1.
    """

    tag: str
    into: str
    why: Why
    score: float


@dataclass(frozen=True)
class MergeSettings:
    """What is enough to suggest a merge.

    `similarity` is the least cosine of two names in one language, less what all names have in common; `translation`
    that of names in two, which must be each other's nearest. `overlap` is the least share of products that have both
    tags among those that have one; each must be on `products` products for it.
    """

    similarity: float = 0.75
    translation: float = 0.4
    overlap: float = 0.8
    products: int = 3


def find_duplicates(
    vocabulary: Vocabulary,
    products: Sequence[Product],
    encoder: Encoder,
    settings: MergeSettings | None = None,
    compared: Callable[[str], bool] = bool,
) -> list[Merge]:
    """Return pairs of tags that may be one, best first, each pair once.

    Only tags of the products are compared by company; by meaning those of them that are to be `compared`, which is
    asked for what they are called in every language. Tags of different facets are never a pair, nor one above the
    other, nor, by meaning, names with different numbers or a name and its negation. The tag on more products is kept;
    of two on as many, the one with more names, then the first by name.
    """
    settings = settings or MergeSettings()
    counts = Counter(tag for product in products for tag in product.tags)
    found = [
        *((clash.tag, clash.other, "spelled alike", 1.0) for clash in vocabulary.clashes()),
        *_on_the_same_products(products, counts, settings),
        *_near_in_meaning(
            sorted(tag for tag in counts if compared(all_names(tag, vocabulary))), vocabulary, encoder, settings
        ),
    ]
    best: dict[frozenset[str], Merge] = {}
    for first, second, why, score in sorted(found, key=lambda each: -each[3]):
        if not _different(vocabulary.entry(first), vocabulary.entry(second), vocabulary):
            into, tag = sorted((first, second), key=lambda each: (-counts[each], -len(vocabulary.forms(each)), each))
            best.setdefault(frozenset((first, second)), Merge(tag, into, why, round(score, 4)))
    return sorted(best.values(), key=lambda merge: (-merge.score, merge.into, merge.tag))


_Pair = tuple[str, str, Why, float]


def _different(first: Entry, second: Entry, vocabulary: Vocabulary) -> bool:
    related = first.tag in vocabulary.ancestors(second.tag) or second.tag in vocabulary.ancestors(first.tag)
    return related or bool(first.facet and second.facet and first.facet != second.facet)


def _on_the_same_products(
    products: Iterable[Product], counts: Counter[str], settings: MergeSettings
) -> Iterator[_Pair]:
    """Yield pairs of tags with their overlap: the products that have both, among those that have one (Jaccard)."""
    together = Counter(pair for product in products for pair in combinations(sorted(product.tags), 2))
    for (first, second), both in together.items():
        overlap = both / (counts[first] + counts[second] - both)
        if overlap >= settings.overlap and min(counts[first], counts[second]) >= settings.products:
            yield first, second, "on the same products", _beyond(overlap, settings.overlap)


def _near_in_meaning(
    tags: Sequence[str], vocabulary: Vocabulary, encoder: Encoder, settings: MergeSettings
) -> Iterator[_Pair]:
    texts = [all_names(tag, vocabulary) for tag in tags]
    names = NameVectors(texts, encoder.encode(texts))
    for first, second, score in names.near(settings.similarity):
        if not _are_distinct(tags[first], tags[second]):
            yield tags[first], tags[second], "near in meaning", _beyond(score, settings.similarity)
    for first, second, score in names.translations(settings.translation):
        yield tags[first], tags[second], "translation", _beyond(score, settings.translation)


def _are_distinct(first: str, second: str) -> bool:
    """Tell whether two names are two things however near: by a number, or as one is the other's negation."""
    return (
        _NUMBERS.findall(first) != _NUMBERS.findall(second)
        or first in _negations(second)
        or second in _negations(first)
    )


def _negations(name: str) -> tuple[str, ...]:
    return (_NEGATION.sub("", name),) if _NEGATION.match(name) else ()


def _beyond(value: float, least: float) -> float:
    """Return how far a value is beyond what is enough, on the way to 1."""
    return min(1.0, (value - least) / (1 - least)) if least < 1 else 1.0


def all_names(tag: str, vocabulary: Vocabulary) -> str:
    """Return what the tag is called in every language: the text that stands for it where meanings are compared."""
    return ", ".join(vocabulary.labels(tag).values()) or tag
