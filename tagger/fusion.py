"""Make one ranking of several taggers' rankings."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from index.product import Product
from tagger.evidence import Share
from tagger.suggestion import Ranking, ranked

_RRF_K = 60


class Fuser(Protocol):
    """Joins the taggers' rankings; each mapping goes from a tagger's name to one ranking for each product."""

    def fuse(self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], limit: int) -> list[Ranking]:
        """Return one ranking of at most `limit` tags for each product; scores are probabilities where it is trained."""

    def shares(
        self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], tags: Sequence[Sequence[str]]
    ) -> list[list[tuple[Share, ...]]]:
        """Return, for each product and each of its tags, what each source contributed."""


def reciprocal_rank(rankings: Mapping[str, Ranking], limit: int, *, k: int = _RRF_K) -> Ranking:
    """Score a tag by the sum of 1 / (k + rank) over the taggers (Cormack, Clarke and Büttcher, SIGIR 2009)."""
    scores: dict[str, float] = {}
    for ranking in _in_order(rankings):
        for rank, each in enumerate(ranking, start=1):
            scores[each.tag] = scores.get(each.tag, 0.0) + 1 / (k + rank)
    return ranked(scores, limit)


def weighted_sum(rankings: Mapping[str, Ranking], limit: int, *, weights: Mapping[str, float] | None = None) -> Ranking:
    """Score a tag by the weighted mean of its scores; a tagger that does not suggest it counts as 0.

    Without weights all taggers count alike; a tagger that has none counts nothing.
    """
    weights = {name: 1.0 for name in rankings} if weights is None else weights
    total = sum(weights.get(name, 0.0) for name in rankings) or 1.0
    scores: dict[str, float] = {}
    for name in sorted(rankings):
        for each in rankings[name]:
            scores[each.tag] = scores.get(each.tag, 0.0) + weights.get(name, 0.0) / total * each.score
    return ranked(scores, limit)


def _in_order(rankings: Mapping[str, Ranking]) -> list[Ranking]:
    # Sums of floats hang on the order of their terms; the result must not hang on the order of the taggers.
    return [rankings[name] for name in sorted(rankings)]


class WeightedSum:
    """The fuser for a store with too few labelled products to train one."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)

    def fuse(self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], limit: int) -> list[Ranking]:
        """Return the weighted means, one ranking for each product."""
        return [weighted_sum(each, limit, weights=self._weights) for each in by_product(rankings, len(products))]

    def shares(
        self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], tags: Sequence[Sequence[str]]
    ) -> list[list[tuple[Share, ...]]]:
        """Return each tagger's part of the weighted mean."""
        total = sum(self._weights.values()) or 1.0
        result = []
        for each, wanted in zip(by_product(rankings, len(products)), tags, strict=True):
            scores = {name: dict(ranking) for name, ranking in each.items()}
            result.append([self._tag_shares(tag, scores, total) for tag in wanted])
        return result

    def _tag_shares(self, tag: str, scores: Mapping[str, Mapping[str, float]], total: float) -> tuple[Share, ...]:
        given = {name: of_tag.get(tag) for name, of_tag in scores.items()}
        return tuple(
            Share(name, score, self._weights.get(name, 0.0) / total * (score or 0.0)) for name, score in given.items()
        )


def by_product(rankings: Mapping[str, Sequence[Ranking]], count: int) -> list[dict[str, Ranking]]:
    """Turn each tagger's rankings into each product's."""
    return [{name: each[place] for name, each in rankings.items()} for place in range(count)]
