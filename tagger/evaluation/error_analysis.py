"""Error analysis of a system: by tag, by pair of tags, by probability and by threshold."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as pairs_of

import numpy as np

from tagger.evaluation import metrics
from tagger.types import Ranking

_BINS = 10
_POINTS = 100
Accepted = Sequence[Collection[str]]


@dataclass(frozen=True)
class TagFigures:
    """Numbers of products for one tag: those that have it, those it was accepted for, and those with both."""

    tag: str
    wanted: int
    accepted: int
    right: int

    @property
    def precision(self) -> float:
        """Return the share of the products it was accepted for that have the tag."""
        return self.right / self.accepted if self.accepted else 0.0

    @property
    def recall(self) -> float:
        """Return the share of the tag's products for which it was accepted."""
        return self.right / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        return 2 * self.right / (self.accepted + self.wanted) if self.accepted + self.wanted else 0.0


@dataclass(frozen=True)
class Confusion:
    """A missed tag and a wrongly accepted one on the same products, with their number and one example."""

    missed: str
    wrong: str
    products: int
    example: str


@dataclass(frozen=True)
class Bin:
    """Suggestions with scores in one tenth of the range: their number, mean score, and share of correct ones."""

    low: float
    high: float
    suggestions: int
    score: float
    right: float


@dataclass(frozen=True)
class Point:
    """Precision and recall at a threshold."""

    threshold: float
    precision: float
    recall: float


def by_tag(accepted: Accepted, gold: metrics.Gold) -> list[TagFigures]:
    """Return the figures of each tag, most products first, ties by name."""
    wanted = Counter(tag for tags in gold for tag in tags)
    said = Counter(tag for tags in accepted for tag in tags)
    right = Counter(tag for one, tags in zip(accepted, gold, strict=True) for tag in set(one).intersection(tags))
    figures = [TagFigures(tag, wanted[tag], said[tag], right[tag]) for tag in {*wanted, *said}]
    return sorted(figures, key=lambda each: (-each.wanted, -each.accepted, each.tag))


def share(accepted: Accepted, gold: metrics.Gold) -> tuple[float, float]:
    """Return precision and recall over the accepted tags of all products together."""
    right = sum(len({*one}.intersection(tags)) for one, tags in zip(accepted, gold, strict=True))
    return right / max(1, sum(map(len, accepted))), right / max(1, sum(map(len, gold)))


def confusions(accepted: Accepted, gold: metrics.Gold, ids: Sequence[str], limit: int) -> list[Confusion]:
    """Return pairs of a missed and a wrongly accepted tag on the same products, highest weight first.

    Each product has weight 1, divided evenly among its pairs: the more pairs it has, the less each one tells.
    """
    counts: Counter[tuple[str, str]] = Counter()
    weights: defaultdict[tuple[str, str], Fraction] = defaultdict(Fraction)
    examples: dict[tuple[str, str], str] = {}
    for one, tags, id in zip(accepted, gold, ids, strict=True):
        pairs = list(pairs_of(sorted({*tags} - {*one}), sorted({*one} - {*tags})))
        counts.update(pairs)
        for pair in pairs:
            weights[pair] += Fraction(1, len(pairs))
            examples.setdefault(pair, id)
    best = sorted(weights, key=lambda pair: (-weights[pair], pair))[:limit]
    return [Confusion(*pair, counts[pair], examples[pair]) for pair in best]


def reliability(rankings: Sequence[Ranking], gold: metrics.Gold) -> list[Bin]:
    """Return the tenths of the score range that hold any suggestions, lowest first."""
    scores, hits = metrics.outcomes(rankings, gold)
    scores = np.clip(scores, 0, 1)
    places = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    counts = np.bincount(places, minlength=_BINS)
    means, right = (np.bincount(places, values, _BINS) / np.maximum(1, counts) for values in (scores, hits))
    return [
        Bin(at / _BINS, (at + 1) / _BINS, int(counts[at]), float(means[at]), float(right[at]))
        for at in range(_BINS)
        if counts[at]
    ]


def precision_recall(rankings: Sequence[Ranking], gold: metrics.Gold) -> list[Point]:
    """Return the precision-recall curve, highest threshold first, thinned to about 100 points."""
    scores, hits = metrics.outcomes(rankings, gold)
    order = np.argsort(-scores, kind="stable")
    scores, right = scores[order], np.cumsum(hits[order])
    # Suggestions with the same score are accepted together.
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True)[: len(scores)])
    wanted = max(1, sum(map(len, gold)))
    return [
        Point(float(scores[at]), float(right[at] / (at + 1)), float(right[at] / wanted))
        for at in _spread(last, right / wanted)
    ]


def _spread(places: np.ndarray, recall: np.ndarray) -> list[int]:
    """Keep places with evenly spread recall, including the first and the last."""
    if len(places) <= _POINTS:
        return [int(at) for at in places]
    wanted = np.linspace(recall[places[0]], recall[places[-1]], _POINTS)
    found = np.searchsorted(recall[places], wanted)
    kept = np.unique(np.concatenate([[0], np.minimum(found, len(places) - 1), [len(places) - 1]]))
    return [int(at) for at in places[kept]]
