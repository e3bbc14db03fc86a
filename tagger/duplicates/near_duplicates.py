"""Find products that are probably the same product.

Titles are compared in their normal form: by the words that they share, weighted by how rare these are. Order does not
count. A word that only one of them has counts a little, since shops add and leave out words. Words that stand against
other words count fully. Titles that contradict one another in a property, such as the volume, are two products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from index.product import Product
from index.text.normal_form import normal_form
from tagger.duplicates.distinctions import Distinctions, distinctions_of
from tagger.duplicates.title_features import candidates, features_of, weighted

# Titles with less in common are not compared further.
_LEAST_COSINE: Final = 0.4
# What a word that only one title has counts, beside one against which another stands.
_ADDED: Final = 0.35
# Of a product without a title, so much of the description is compared.
_DESCRIPTION_CHARS: Final = 200
LEAST_SCORE: Final = 0.7
_KEPT: Final = 1 << 14


@dataclass(frozen=True)
class DuplicatePair:
    """Two products that are probably the same; the score is from 0 to 1, 1 for titles with the same words."""

    id: str
    title: str
    other_id: str
    other_title: str
    score: float


def find_near_duplicates(products: Sequence[Product], *, least: float = LEAST_SCORE) -> list[DuplicatePair]:
    """Return pairs of products with a score of at least `least`, best first.

    Of several products with equal titles, each is paired with the first one only.
    """
    titles = [each.title or each.description[:_DESCRIPTION_CHARS] for each in products]
    first: dict[str, int] = {}
    pairs: list[tuple[int, int, float]] = []
    for place, title in enumerate(titles):
        earlier = first.setdefault(normal_form(title).text, place)
        if earlier != place and not _differ_in_attributes(products[earlier], products[place]):
            pairs.append((earlier, place, 1.0))
    distinct = [place for key, place in first.items() if key]
    pairs += [
        (distinct[one], distinct[other], score)
        for one, other, score in _near([titles[place] for place in distinct], least)
        if not _differ_in_attributes(products[distinct[one]], products[distinct[other]])
    ]
    found = [
        DuplicatePair(products[one].id, titles[one], products[other].id, titles[other], score)
        for one, other, score in pairs
    ]
    return sorted(found, key=lambda pair: (-pair.score, pair.id, pair.other_id))


def _near(titles: Sequence[str], least: float) -> list[tuple[int, int, float]]:
    if len(titles) < 2:
        return []
    rows = weighted(features_of(normal_form(title)) for title in titles)

    # Candidates come in the order of their first title.
    @lru_cache(maxsize=_KEPT)
    def weights(place: int) -> dict[int, float]:
        part = slice(rows.indptr[place], rows.indptr[place + 1])
        return dict(zip(rows.indices[part].tolist(), rows.data[part].tolist(), strict=True))

    @lru_cache(maxsize=_KEPT)
    def distinctions(place: int) -> Distinctions:
        return distinctions_of(normal_form(titles[place]))

    scored = ((one, other, _score(weights(one), weights(other))) for one, other in candidates(rows, _LEAST_COSINE))
    return [
        (one, other, score)
        for one, other, score in scored
        if score >= least and not distinctions(one).tell_apart(distinctions(other))
    ]


def _score(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    """Return how much two titles share, from 0 to 1."""
    shared = sum(weight for feature, weight in one.items() if feature in other)
    rest = sorted((sum(one.values()) - shared, sum(other.values()) - shared))
    whole = shared + rest[0] + _ADDED * (rest[1] - rest[0])
    return round(shared / whole, 4) if whole else 0.0


def _differ_in_attributes(one: Product, other: Product) -> bool:
    """Tell whether the tags give one attribute other values: Colour: Red and Colour: Blue."""
    mine, theirs = _attributes(one), _attributes(other)
    return any(mine[name].isdisjoint(theirs[name]) for name in mine.keys() & theirs.keys())


def _attributes(product: Product) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for tag in product.tags:
        name, between, value = tag.partition(": ")
        if between:
            found.setdefault(name, set()).add(value)
    return found
