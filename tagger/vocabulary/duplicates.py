"""Find tags that may be duplicates, for a person to decide on."""

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

# "iPhone 6" and "iPhone 6s" are near in meaning but are different tags.
_NUMBERS = re.compile(r"\w*\d\w*")
# "slip" and "non-slip", 对称 and 不对称 are different tags as well.
_NEGATION = re.compile(r"^(non|un|anti|不|非|无|免|防)[- ]?")


@dataclass(frozen=True)
class Merge:
    """Two tags that may be duplicates, and why; `tag` would become an alias of `into`.

    The score, 0 to 1, says how far the evidence exceeds the threshold in `MergeSettings`.
    """

    tag: str
    into: str
    why: Why
    score: float


@dataclass(frozen=True)
class MergeSettings:
    """Thresholds for suggesting a merge.

    `similarity` is the least cosine of two names in one language, after subtracting the mean of all names.
    `translation` is the least cosine of two names in different languages, which must also be mutual nearest
    neighbours. `overlap` is the least Jaccard overlap of the products that have the tags; each tag must be on at least
    `products` products.
    """

    similarity: float = 0.8
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
    """Return pairs of tags that may be duplicates, best first, each pair once.

    All tags are compared by spelling. Tags of the products are also compared by co-occurrence and, if `compared`
    accepts the text of all their names, by meaning. Never paired are tags of different facets and a tag and its
    ancestor; by meaning, also names with different numbers, and a name and its negation.

    The tag on more products is kept; ties go to the tag with more names, then to the first by name.
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
    """Yield pairs of tags whose products overlap enough, by the Jaccard index."""
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
    """Return whether two names mean different things however similar: different numbers, or a negation."""
    return (
        _NUMBERS.findall(first) != _NUMBERS.findall(second)
        or first in _negations(second)
        or second in _negations(first)
    )


def _negations(name: str) -> tuple[str, ...]:
    return (_NEGATION.sub("", name),) if _NEGATION.match(name) else ()


def _beyond(value: float, least: float) -> float:
    """Return where a value lies between the threshold `least` (0) and 1 (1)."""
    return min(1.0, (value - least) / (1 - least)) if least < 1 else 1.0


def all_names(tag: str, vocabulary: Vocabulary) -> str:
    """Return the tag's labels in all languages as one text, to embed for comparison by meaning."""
    return ", ".join(vocabulary.labels(tag).values()) or tag
