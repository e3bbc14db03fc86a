"""Make one ranking of several taggers' rankings."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from index.product import Product
from tagger.corrections.effects import UNSAID, CorrectedScore, Correction, Corrections
from tagger.gbdt import sigmoid
from tagger.types import Contribution, Ranking, ranked

_RRF_K = 60
_EPSILON = 1e-9


class Fuser(Protocol):
    """Joins the taggers' rankings; each mapping goes from a tagger's name to one ranking for each product."""

    def fuse(self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], limit: int) -> list[Ranking]:
        """Return one ranking of at most `limit` tags for each product; scores are probabilities where it is trained."""

    def shares(
        self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], tags: Sequence[Sequence[str]]
    ) -> list[list[tuple[Contribution, ...]]]:
        """Return, for each product and each of its tags, what each source contributed to its score."""

    def moved(
        self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], moves: Sequence[Corrections]
    ) -> list[dict[str, CorrectedScore]]:
        """Return what becomes of the tags that people's decisions move, for each product."""

    def knows(self, tag: str) -> bool:
        """Tell whether it has learnt something of a tag under this name."""


def reciprocal_rank(rankings: Mapping[str, Ranking], limit: int, *, k: int = _RRF_K) -> Ranking:
    """Score a tag by the sum of 1 / (k + rank) over the taggers (Cormack, Clarke and Büttcher, SIGIR 2009)."""
    return ranked(_summed({name: _reciprocal(ranking, k) for name, ranking in rankings.items()}), limit)


def weighted_sum(rankings: Mapping[str, Ranking], limit: int, *, weights: Mapping[str, float] | None = None) -> Ranking:
    """Score a tag by the weighted mean of its scores; a tagger that does not suggest it counts as 0.

    Without weights all taggers count alike; a tagger that is not in them counts nothing.
    """
    return ranked(_summed(_weighted(rankings, weights)), limit)


def _reciprocal(ranking: Ranking, k: int) -> dict[str, float]:
    return {each.tag: 1 / (k + rank) for rank, each in enumerate(ranking, start=1)}


def _weighted(rankings: Mapping[str, Ranking], weights: Mapping[str, float] | None) -> dict[str, dict[str, float]]:
    weights = dict.fromkeys(rankings, 1.0) if weights is None else weights
    total = sum(weights.get(name, 0.0) for name in rankings) or 1.0
    return {
        name: {each.tag: weights.get(name, 0.0) / total * each.score for each in ranking}
        for name, ranking in rankings.items()
    }


def _summed(parts: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Add up each tag's parts; by the taggers' names, since sums of floats hang on the order of their terms."""
    scores: dict[str, float] = {}
    for name in sorted(parts):
        for tag, part in parts[name].items():
            scores[tag] = scores.get(tag, 0.0) + part
    return scores


Parts = Callable[[Mapping[str, Ranking]], dict[str, dict[str, float]]]


def _best_is_one(rankings: Mapping[str, Ranking]) -> dict[str, dict[str, float]]:
    """Scale reciprocal ranks so that a tag which every tagger puts first has 1."""
    best = len(rankings) / (_RRF_K + 1)
    parts = {name: _reciprocal(ranking, _RRF_K) for name, ranking in rankings.items()}
    return {name: {tag: part / best for tag, part in of_name.items()} for name, of_name in parts.items()}


class Untrained:
    """A fuser that adds up the taggers' parts: for a store with too few labelled products to train one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def fuse(self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], limit: int) -> list[Ranking]:
        """Return the sums, one ranking for each product."""
        return [ranked(_summed(self._parts(each)), limit) for each in by_product(rankings, len(products))]

    def shares(
        self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], tags: Sequence[Sequence[str]]
    ) -> list[list[tuple[Contribution, ...]]]:
        """Return each tagger's part of the sum."""
        return [
            [_shares(tag, each, self._parts(each)) for tag in wanted]
            for each, wanted in zip(by_product(rankings, len(products)), tags, strict=True)
        ]

    def moved(
        self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], moves: Sequence[Corrections]
    ) -> list[dict[str, CorrectedScore]]:
        """Take the sums for probabilities, and move their logits."""
        sums = (_summed(self._parts(each)) for each in by_product(rankings, len(products)))
        return [
            {tag: _moved(scores.get(tag), move) for tag, move in of_product.items()}
            for scores, of_product in zip(sums, moves, strict=True)
        ]

    def knows(self, tag: str) -> bool:
        """Nothing is learnt: one name is as good as another."""
        return True


def _moved(score: float | None, move: Correction) -> CorrectedScore:
    before = float(sigmoid(UNSAID)) if score is None else min(max(score, _EPSILON), 1 - _EPSILON)
    after = float(sigmoid(move(math.log(before / (1 - before)))))
    return CorrectedScore(after, after - (score or 0.0), said=score is not None)


def _shares(
    tag: str, rankings: Mapping[str, Ranking], parts: Mapping[str, Mapping[str, float]]
) -> tuple[Contribution, ...]:
    return tuple(Contribution(name, dict(rankings[name]).get(tag), parts[name].get(tag, 0.0)) for name in rankings)


UNTRAINED: Mapping[str, Untrained] = {
    "weighted_sum": Untrained(lambda rankings: _weighted(rankings, None)),
    "reciprocal_rank": Untrained(_best_is_one),
}


def by_product(rankings: Mapping[str, Sequence[Ranking]], count: int) -> list[dict[str, Ranking]]:
    """Turn each tagger's rankings into each product's."""
    return [{name: each[place] for name, each in rankings.items()} for place in range(count)]
