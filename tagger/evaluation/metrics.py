"""Metrics of rankings; pure arithmetic on plain data."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from tagger.types import Ranking, Suggestion

_BINS = 15

# Distinct tags, one collection per product.
Gold = Sequence[Collection[str]]


def precision_at(k: int, rankings: Sequence[Ranking], gold: Gold) -> float:
    """Return the mean share of correct tags among the first k places."""
    return _mean(len(_right(ranking[:k], right)) / k for ranking, right in zip(rankings, gold, strict=True))


def recall_at(k: int, rankings: Sequence[Ranking], gold: Gold) -> float:
    """Return the mean share of a product's tags found in the first k places."""
    pairs = zip(rankings, gold, strict=True)
    return _mean(len(_right(ranking[:k], right)) / len(right) for ranking, right in pairs if right)


def ndcg_at(k: int, rankings: Sequence[Ranking], gold: Gold) -> float:
    """Return the mean normalised discounted cumulative gain (Järvelin and Kekäläinen 2002), gain 0 or 1."""
    return _mean(_ndcg(k, ranking, right) for ranking, right in zip(rankings, gold, strict=True) if right)


def _ndcg(k: int, ranking: Ranking, right: Collection[str]) -> float:
    discounts = 1 / np.log2(np.arange(2, k + 2))
    gains = [each.tag in right for each in ranking[:k]]
    return float(discounts[: len(gains)] @ gains / discounts[: min(k, len(right))].sum())


def accept(rankings: Sequence[Ranking], threshold: float) -> list[list[str]]:
    """Return each product's tags with at least this score."""
    return [[each.tag for each in ranking if each.score >= threshold] for ranking in rankings]


def micro_f1(taken: Gold, gold: Gold) -> float:
    """Return the F1 over the accepted tags of all products together."""
    right = sum(len(set(tags) & set(wanted)) for tags, wanted in zip(taken, gold, strict=True))
    return _f1(right, sum(map(len, taken)), sum(map(len, gold)))


def macro_f1(taken: Gold, gold: Gold) -> float:
    """Return the mean F1 of the tags that at least one product has."""
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for chosen, tags in zip(taken, gold, strict=True):
        said.update(chosen)
        wanted.update(tags)
        right.update(set(chosen).intersection(tags))
    return _mean(_f1(right[tag], said[tag], wanted[tag]) for tag in wanted)


def sample_f1(taken: Gold, gold: Gold) -> float:
    """Return the mean over products of the F1 of a product's accepted tags."""
    pairs = zip(taken, gold, strict=True)
    return _mean(_f1(len(set(tags) & set(right)), len(tags), len(right)) for tags, right in pairs)


def propensities(counts: Mapping[str, int], products: int) -> dict[str, float]:
    """Return the probability that each correct tag was labelled (Jain et al. 2016, with their A = .55 and B = 1.5).

    `counts` has each tag's number of training products, `products` their total.
    """
    c = (math.log(products) - 1) * 2.5**0.55
    return {tag: 1 / (1 + c * math.exp(-0.55 * math.log(count + 1.5))) for tag, count in counts.items()}


def propensity_scored_precision_at(
    k: int, rankings: Sequence[Ranking], gold: Gold, propensity: Mapping[str, float]
) -> float:
    """Return the precision at k with more weight on rare tags (PSP@k), divided by the best possible; 1 is perfect.

    A tag without a propensity was never seen in training, and is ignored.
    """
    worth = [{tag: 1 / propensity[tag] for tag in right if tag in propensity} for right in gold]
    got = sum(sum(each.get(tag, 0.0) for tag, _ in ranking[:k]) for ranking, each in zip(rankings, worth, strict=True))
    most = sum(sum(sorted(each.values(), reverse=True)[:k]) for each in worth)
    return got / most if most else 0.0


def coverage_at_precision(precision: float, rankings: Sequence[Ranking], gold: Gold) -> float:
    """Return the highest recall that a threshold reaches with at least this precision, over all products together."""
    scores, right, last_of_score = _accumulate(rankings, gold)
    good = last_of_score & (right >= precision * np.arange(1, len(scores) + 1))
    return float(right[good].max(initial=0) / max(1, sum(map(len, gold))))


def brier_score(rankings: Sequence[Ranking], gold: Gold) -> float:
    """Return the mean squared difference between score and outcome, over all suggestions (Brier 1950)."""
    scores, hits = outcomes(rankings, gold)
    return float(np.mean((scores - hits) ** 2)) if len(scores) else 0.0


def calibration_error(rankings: Sequence[Ranking], gold: Gold) -> float:
    """Return the expected calibration error over all suggestions: 15 bins of equal width (Guo et al. 2017)."""
    scores, hits = outcomes(rankings, gold)
    if not len(scores):
        return 0.0
    bins = np.minimum((np.clip(scores, 0, 1) * _BINS).astype(int), _BINS - 1)
    counts = np.bincount(bins, minlength=_BINS)
    gaps = np.abs(np.bincount(bins, np.clip(scores, 0, 1), _BINS) - np.bincount(bins, hits, _BINS))
    return float(gaps.sum() / counts.sum())


def outcomes(rankings: Sequence[Ranking], gold: Gold) -> tuple[np.ndarray, np.ndarray]:
    """Return every suggestion's score, and 1 if it is correct, else 0."""
    pairs = [(each.score, each.tag in right) for ranking, right in zip(rankings, gold, strict=True) for each in ranking]
    table = np.array(pairs, np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def best_threshold(rankings: Sequence[Ranking], gold: Gold) -> float:
    """Return the threshold with the highest micro-F1, searched over every distinct score."""
    scores, right, _ = _accumulate(rankings, gold)
    if not right.any():
        return 1.0
    return threshold_with_best(scores, 2 * right / (np.arange(1, len(scores) + 1) + sum(map(len, gold))))


def threshold_with_best(scores: np.ndarray, f1: np.ndarray) -> float:
    """Return the threshold with the highest F1, of the F1 that accepting the scores up to each has, (scores,) each.

    The scores come highest first; equal ones are accepted together. The threshold lies half-way to the next lower
    score, so that rounding does not change what is accepted.
    """
    best = int(np.argmax(np.where(_last_of_value(scores), f1, -1)))
    below = scores[best + 1] if best + 1 < len(scores) else 0.0
    return float((scores[best] + below) / 2)


def _accumulate(rankings: Sequence[Ranking], gold: Gold) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all scores, highest first, the number correct up to each, and whether it is the last of its value."""
    scores, hits = outcomes(rankings, gold)
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    return scores, np.cumsum(hits[order]), _last_of_value(scores)


def _last_of_value(scores: np.ndarray) -> np.ndarray:
    return np.append(scores[1:] != scores[:-1], True)[: len(scores)]


def _right(suggestions: Iterable[Suggestion], right: Collection[str]) -> list[Suggestion]:
    return [each for each in suggestions if each.tag in right]


def _f1(right: int, accepted: int, wanted: int) -> float:
    return 2 * right / (accepted + wanted) if accepted + wanted else 0.0


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
