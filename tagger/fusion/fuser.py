"""Combine the rankings of several taggers into one."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from index.product import Product
from tagger.corrections.effects import UNSUGGESTED, CorrectedScore, Correction, Corrections
from tagger.fusion.scored import Scored
from tagger.gbdt import sigmoid
from tagger.types import Contribution, NotAsked, Ranking, ranked

_RRF_K = 60
_EPSILON = 1e-9
# Number of candidates that a reviewing tagger gets.
_REVIEWED = 20


class Fuser(Protocol):
    """Combines the rankings of several taggers."""

    def score(self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]]) -> Scored:
        """Score every tag that at least one tagger suggests; `rankings` maps taggers to one ranking per product."""

    def knows(self, tag: str) -> bool:
        """Return whether the fuser was trained on a tag of this name."""


def reciprocal_rank(rankings: Mapping[str, Ranking], limit: int, *, k: int = _RRF_K) -> Ranking:
    """Score a tag by the sum of 1 / (k + rank) over the taggers (Cormack, Clarke and Büttcher, SIGIR 2009)."""
    return ranked(_sum({name: _reciprocal(ranking, k) for name, ranking in rankings.items()}), limit)


def weighted_sum(rankings: Mapping[str, Ranking], limit: int, *, weights: Mapping[str, float] | None = None) -> Ranking:
    """Score a tag by the weighted mean of its scores; a tagger that does not suggest it counts as a score of 0.

    Without `weights` all taggers have equal weight. A tagger missing from `weights` has weight 0, and its tags are no
    candidates.
    """
    return ranked(_sum(_weigh(rankings, weights)), limit)


def _reciprocal(ranking: Ranking, k: int) -> dict[str, float]:
    return {each.tag: 1 / (k + rank) for rank, each in enumerate(ranking, start=1)}


def _weigh(rankings: Mapping[str, Ranking], weights: Mapping[str, float] | None) -> dict[str, dict[str, float]]:
    weights = dict.fromkeys(rankings, 1.0) if weights is None else weights
    total = sum(weights.get(name, 0.0) for name in rankings) or 1.0
    return {
        name: {each.tag: weights[name] / total * each.score for each in ranking} if name in weights else {}
        for name, ranking in rankings.items()
    }


def _sum(parts: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Add up each tag's parts, in the order of tagger names: the sum of floats depends on the order of its terms."""
    scores: dict[str, float] = {}
    for name in sorted(parts):
        for tag, part in parts[name].items():
            scores[tag] = scores.get(tag, 0.0) + part
    return scores


def candidates_for_review(rankings: Mapping[str, Sequence[Ranking]], count: int) -> list[Ranking]:
    """Return the candidates that a reviewing tagger gets for each of `count` products, by reciprocal rank.

    They come from the rankings alone, in a fit as after it, so that the ranker learns from answers to the same
    questions.
    """
    return [reciprocal_rank(of_product, _REVIEWED) for of_product in by_product(rankings, count)]


Parts = Callable[[Mapping[str, Ranking]], dict[str, dict[str, float]]]


def _best_is_one(rankings: Mapping[str, Ranking]) -> dict[str, dict[str, float]]:
    """Scale reciprocal ranks so that a tag ranked first by every tagger scores 1."""
    best = len(rankings) / (_RRF_K + 1)
    parts = {name: _reciprocal(ranking, _RRF_K) for name, ranking in rankings.items()}
    return {name: {tag: part / best for tag, part in of_name.items()} for name, of_name in parts.items()}


class Untrained:
    """A fuser that adds up the taggers' parts, for a store with too few labelled products to train a ranker."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def score(self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]]) -> "SummedCandidates":
        """Score each candidate by the sum of the taggers' parts."""
        of_products = by_product(rankings, len(products))
        return SummedCandidates(of_products, [self._parts(each) for each in of_products])

    def knows(self, tag: str) -> bool:
        """Return True: an untrained fuser treats all names alike."""
        return True


class SummedCandidates:
    """The candidates of several products; the sum of the taggers' parts is used as a probability."""

    def __init__(
        self,
        rankings: Sequence[Mapping[str, Ranking]],
        parts: Sequence[Mapping[str, Mapping[str, float]]],
    ) -> None:
        self._rankings = rankings
        self._parts = parts
        self._sums = [_sum(each) for each in parts]

    def rankings(self, limit: int) -> list[Ranking]:
        """Return the candidates by their sums, one ranking per product."""
        return [ranked(scores, limit) for scores in self._sums]

    def contributions(self, tags: Sequence[Sequence[str]]) -> list[list[tuple[Contribution, ...]]]:
        """Return each tagger's part of the sum, for each given candidate of each product."""
        return [
            [_contributions(tag, rankings, parts) for tag in wanted]
            for wanted, rankings, parts in zip(tags, self._rankings, self._parts, strict=True)
        ]

    def corrected(self, corrections: Sequence[Corrections]) -> list[dict[str, CorrectedScore]]:
        """Treat the sums as probabilities and correct their logits."""
        return [
            {tag: _correct(scores.get(tag), correction) for tag, correction in of_product.items()}
            for scores, of_product in zip(self._sums, corrections, strict=True)
        ]


def _correct(score: float | None, correction: Correction) -> CorrectedScore:
    before = float(sigmoid(UNSUGGESTED)) if score is None else min(max(score, _EPSILON), 1 - _EPSILON)
    after = float(sigmoid(correction(math.log(before / (1 - before)))))
    return CorrectedScore(after, after - (score or 0.0), suggested=score is not None)


def _contributions(
    tag: str, rankings: Mapping[str, Ranking], parts: Mapping[str, Mapping[str, float]]
) -> tuple[Contribution, ...]:
    return tuple(Contribution(name, dict(rankings[name]).get(tag), parts[name].get(tag, 0.0)) for name in rankings)


UNTRAINED: Mapping[str, Untrained] = {
    "weighted_sum": Untrained(lambda rankings: _weigh(rankings, None)),
    "reciprocal_rank": Untrained(_best_is_one),
}


def weighted(weights: Mapping[str, float]) -> Untrained:
    """Return the fuser that adds up scores by these weights."""
    return Untrained(lambda rankings: _weigh(rankings, weights))


def by_product(rankings: Mapping[str, Sequence[Ranking]], count: int) -> list[dict[str, Ranking]]:
    """Regroup rankings by product instead of by tagger, without those of taggers that were not asked about a product.

    `count` is the number of products.
    """
    return [
        {name: each[place] for name, each in rankings.items() if not isinstance(each[place], NotAsked)}
        for place in range(count)
    ]
