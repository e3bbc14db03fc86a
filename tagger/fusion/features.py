"""First-pass features of candidate tags, for the ranker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.text.language import detect_language
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.fuser import by_product
from tagger.fusion.position_features import STANDING, position_features
from tagger.types import Ranking

_PER_TAGGER = ("score", "reciprocal rank", "share of best", "best")
_PER_TAG = ("support", "frequency", "agreement", "tag length", "text length", "same language")
# Sources of the features that belong to no single tagger.
STATISTICS, TEXT = "statistics", "text"


@dataclass(frozen=True)
class Candidates:
    """The candidate tags of several products, with their features, float32 (candidates, columns).

    `starts` holds the index in `tags` at which each product's candidates start, and finally `len(tags)`.
    """

    tags: list[str]
    starts: list[int]
    features: npt.NDArray[np.float32]

    def of(self, place: int) -> range:
        """Return the rows of the product at that index."""
        return range(self.starts[place], self.starts[place + 1])

    def has(self, place: int, tag: str) -> bool:
        """Return whether the product at that index has the candidate."""
        return tag in self.tags[self.starts[place] : self.starts[place + 1]]

    def row(self, place: int, tag: str) -> int:
        """Return the row of a candidate of the product at that index."""
        return self.tags.index(tag, self.starts[place], self.starts[place + 1])

    def only(self, wanted: Callable[[str], bool]) -> "Candidates":
        """Return the candidates whose tags satisfy the predicate."""
        kept = [row for row, tag in enumerate(self.tags) if wanted(tag)]
        starts = np.searchsorted(kept, self.starts).tolist()
        return Candidates([self.tags[row] for row in kept], starts, self.features[kept])

    def targets(self, gold: Sequence[Sequence[str]]) -> npt.NDArray[np.bool_]:
        """Return whether each candidate is right, (candidates,); `gold` holds the right tags of each product."""
        return np.array([self.tags[row] in set(tags) for at, tags in enumerate(gold) for row in self.of(at)], np.bool_)


def columns(taggers: Sequence[str]) -> list[str]:
    """Return the feature names, as "source: feature"."""
    shared = [f"{STATISTICS}: {part}" for part in _PER_TAG] + [f"{TEXT}: {part}" for part in STANDING]
    return [f"{name}: {part}" for name in taggers for part in _PER_TAGGER] + shared


def source_of(column: str) -> str:
    """Return the source of a feature: a tagger's name, `STATISTICS` or `TEXT`."""
    return column.rpartition(": ")[0]


def candidates(
    products: Sequence[Product],
    rankings: Mapping[str, Sequence[Ranking]],
    statistics: TagStatistics,
    taggers: Sequence[str],
) -> Candidates:
    """Collect every tag that at least one tagger suggests, with its features.

    If a tagger in `taggers` has no ranking here, it was not run: its features are NaN, not 0.
    """
    tags: list[str] = []
    starts = [0]
    rows = []
    for product, each in zip(products, by_product(rankings, len(products)), strict=True):
        found = sorted({suggestion.tag for ranking in each.values() for suggestion in ranking})
        rows.append(_features(product, each, statistics, taggers, found))
        tags += found
        starts.append(len(tags))
    width = len(columns(taggers))
    return Candidates(tags, starts, np.concatenate([np.zeros((0, width), np.float32), *rows]))


def _features(
    product: Product,
    rankings: Mapping[str, Ranking],
    statistics: TagStatistics,
    taggers: Sequence[str],
    tags: list[str],
) -> npt.NDArray[np.float32]:
    numbers = {tag: row for row, tag in enumerate(tags)}
    blocks = [_tagger_features(rankings.get(name), numbers) for name in taggers]
    blocks += [_tag_features(product, rankings, statistics, numbers), position_features(product, tags)]
    return np.hstack(blocks).astype(np.float32)


def _tagger_features(ranking: Ranking | None, numbers: Mapping[str, int]) -> np.ndarray:
    if ranking is None:
        return np.full((len(numbers), len(_PER_TAGGER)), np.nan)
    block = np.zeros((len(numbers), len(_PER_TAGGER)))
    best = ranking[0].score if ranking else 0.0
    block[:, 3] = best
    for rank, (tag, score) in enumerate(ranking, start=1):
        block[numbers[tag], :3] = score, 1 / rank, score / best if best > 0 else 0.0
    return block


def _tag_features(
    product: Product, rankings: Mapping[str, Ranking], statistics: TagStatistics, numbers: Mapping[str, int]
) -> np.ndarray:
    strengths = np.zeros(len(numbers))
    agreement = np.zeros(len(numbers))
    for name in sorted(rankings):
        for tag, score in rankings[name]:
            strengths[numbers[tag]] += score
            agreement[numbers[tag]] += 1
    tags = list(numbers)
    block = np.zeros((len(tags), len(_PER_TAG)))
    block[:, 0] = statistics.support(tags, strengths)
    block[:, 1] = np.log1p([statistics.count(tag) for tag in tags])
    block[:, 2] = agreement
    block[:, 3] = [len(tag) for tag in tags]
    block[:, 4] = np.log1p(len(product.text))
    block[:, 5] = [detect_language(tag) == product.lang for tag in tags]
    return block
