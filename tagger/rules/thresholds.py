"""The probability from which a tag is accepted, so that a wanted share of the accepted tags is right.

Each group of cases gets the lowest threshold at which the precision of all cases above it is as wanted. A facet with
few cases is drawn towards the threshold of all tags, and a tag with few cases towards that of its facet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tagger.types import Ranking

# A group's own threshold and that of the group around it count alike at so many cases near or above the thresholds.
_STRENGTH: Final = 50.0
# A tag with fewer cases keeps the threshold of its facet.
_LEAST_CASES: Final = 20
# Cases of lower probability say nothing about a high precision.
_COUNTS: Final = 0.05
_HIGHEST: Final = 1 - 1e-6

Scores = npt.NDArray[np.float64]
Hits = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TagThresholds:
    """The threshold of each tag that has one of its own, of each facet, and of all other tags; for one precision."""

    precision: float
    whole: float
    facets: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, float] = field(default_factory=dict)

    def of(self, tag: str, facet: str) -> float:
        """Return the probability from which a tag is accepted."""
        own = self.tags.get(tag)
        return self.facets.get(facet, self.whole) if own is None else own

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def fit_thresholds(
    rankings: Sequence[Ranking], gold: Sequence[Sequence[str]], facet_of: Callable[[str], str], precision: float
) -> TagThresholds:
    """Find thresholds on rankings of products that the taggers have not seen, with the products' own tags."""
    tags, scores, hits = _cases(rankings, gold)
    whole = threshold_for(scores, hits, precision)
    by_tag = _groups(tags)
    by_facet = _groups([facet_of(tag) for tag in tags])
    facets = {facet: _drawn(scores[at], hits[at], precision, whole) for facet, at in by_facet.items()}
    own = {
        tag: _drawn(scores[at], hits[at], precision, facets[facet_of(tag)])
        for tag, at in by_tag.items()
        if len(at) >= _LEAST_CASES
    }
    return TagThresholds(precision, whole, facets, own)


def threshold_for(scores: Scores, hits: Hits, precision: float) -> float:
    """Return the lowest threshold above which the share of hits is as wanted.

    One miss more than were seen is counted, so that a few lucky cases are not enough.
    """
    order = np.argsort(-scores, kind="stable")
    sorted_scores, right = scores[order], np.cumsum(hits[order])
    last_of_score = np.append(sorted_scores[:-1] > sorted_scores[1:], True) if len(scores) else np.zeros(0, bool)
    good = last_of_score & (right >= precision * (np.arange(len(scores)) + 2))
    return float(sorted_scores[np.nonzero(good)[0][-1]]) if good.any() else _HIGHEST


def _drawn(scores: Scores, hits: Hits, precision: float, around: float) -> float:
    """Return a group's threshold, drawn towards that of the group around it; in logits, by the number of cases."""
    own = threshold_for(scores, hits, precision)
    near = int((scores >= min(own, around)).sum())
    weight = near / (near + _STRENGTH)
    logit = weight * _logit(own) + (1 - weight) * _logit(around)
    return float(1 / (1 + np.exp(-logit)))


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-6), _HIGHEST)
    return float(np.log(clipped / (1 - clipped)))


def _cases(rankings: Sequence[Ranking], gold: Sequence[Sequence[str]]) -> tuple[list[str], Scores, Hits]:
    cases = [
        (tag, score, tag in right)
        for ranking, right in zip(rankings, map(set, gold), strict=True)
        for tag, score in ranking
        if score >= _COUNTS
    ]
    tags, scores, hits = zip(*cases, strict=True) if cases else ((), (), ())
    return list(tags), np.array(scores, np.float64), np.array(hits, bool)


def _groups(names: Sequence[str]) -> dict[str, npt.NDArray[np.int64]]:
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        found.setdefault(name, []).append(place)
    return {name: np.array(places, np.int64) for name, places in found.items()}
