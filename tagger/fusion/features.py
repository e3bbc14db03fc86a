"""First-pass features of candidate tags, for the ranker."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.text.language import LANGUAGES, detect_language
from index.text.normal_form import VERSION
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.position_features import STANDING, position_features
from tagger.types import NotAsked, Ranking

_PER_TAGGER = ("score", "reciprocal rank", "share of best", "best")
_PER_TAG = ("support", "frequency", "agreement", "tag length", "text length", "same language")
# Sources of the features that belong to no single tagger.
STATISTICS, TEXT = "statistics", "text"
# Number of products whose features are computed at once, to bound the memory.
_AT_ONCE = 64
_TAG, _SCORE = operator.itemgetter(0), operator.itemgetter(1)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """The candidate tags of several products, with their features, float32 (candidates, columns).

    `starts` holds the index in `tags` at which each product's candidates start, and finally `len(tags)`. The candidates
    of a product are sorted by name.
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
    version: int = VERSION,
) -> Candidates:
    """Collect every tag that at least one tagger suggests, with its features.

    If a tagger in `taggers` has no ranking here, or `NotAsked` for a product, it was not run: its features are NaN, not
    0. `version` is that of the normal form in which texts and names are compared.
    """
    tags: list[str] = []
    starts = [0]
    features = [np.zeros((0, len(columns(taggers))), np.float32)]
    for first in range(0, len(products), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        suggested = _flatten({name: rankings[name][part] for name in sorted(rankings)}, len(products[part]))
        features.append(_features(products[part], suggested, statistics, taggers, version))
        starts += (suggested.starts[1:] + len(tags)).tolist()
        tags += suggested.row_tags
    return Candidates(tags, starts, np.concatenate(features))


@dataclass(frozen=True)
class _Suggestions:
    """The suggestions of several taggers for several products, and the candidates that they name.

    Of each suggestion, (suggestions,): the index of its tagger in `names`, its rank from 1, its score, and the row of
    its candidate. Of each candidate, (rows,): its product, and its tag as an index in `tags`; rows are ordered by
    product, then by tag. `best` has the first score of each ranking, (taggers, products), 0 for an empty one, and
    `asked` whether the tagger was asked about the product.
    """

    names: list[str]
    tagger: Ints
    rank: Ints
    score: Floats
    row: Ints
    tags: list[str]
    product: Ints
    tag: Ints
    starts: Ints
    best: Floats
    asked: npt.NDArray[np.bool_]

    @property
    def row_tags(self) -> list[str]:
        """The tag of each row."""
        return [self.tags[number] for number in self.tag.tolist()]


def _flatten(rankings: Mapping[str, Sequence[Ranking]], count: int) -> _Suggestions:
    whole = list(chain.from_iterable(rankings.values()))
    suggestions = list(chain.from_iterable(whole))
    lengths = np.fromiter(map(len, whole), np.int64, len(whole))
    first = np.cumsum(lengths) - lengths
    score = np.fromiter(map(_SCORE, suggestions), np.float64, len(suggestions))
    best = np.zeros(len(whole))
    best[lengths > 0] = score[first[lengths > 0]]
    tagger, product = np.divmod(np.repeat(np.arange(len(whole)), lengths), max(count, 1))
    named = list(map(_TAG, suggestions))
    tags = sorted(set(named))
    numbers = {tag: number for number, tag in enumerate(tags)}
    number = np.fromiter(map(numbers.__getitem__, named), np.int64, len(named))
    keys, row = np.unique(product * max(len(tags), 1) + number, return_inverse=True)
    of_product, of_tag = np.divmod(keys, max(len(tags), 1))
    return _Suggestions(
        names=list(rankings),
        tagger=tagger,
        rank=np.arange(len(suggestions)) - np.repeat(first, lengths) + 1,
        score=score,
        row=row,
        tags=tags,
        product=of_product,
        tag=of_tag,
        starts=np.searchsorted(of_product, np.arange(count + 1)),
        best=best.reshape(len(rankings), count),
        asked=np.array([not isinstance(each, NotAsked) for each in whole], np.bool_).reshape(len(rankings), count),
    )


def _features(
    products: Sequence[Product],
    suggested: _Suggestions,
    statistics: TagStatistics,
    taggers: Sequence[str],
    version: int,
) -> npt.NDArray[np.float32]:
    positions = position_features(products, suggested.product, suggested.tags, suggested.tag, version)
    return np.hstack(
        [
            _tagger_features(suggested, taggers),
            _tag_features(products, suggested, statistics).astype(np.float32),
            positions.astype(np.float32),
        ]
    )


def _tagger_features(suggested: _Suggestions, taggers: Sequence[str]) -> npt.NDArray[np.float32]:
    block = np.zeros((len(suggested.tag), len(taggers), len(_PER_TAGGER)), np.float32)
    for number, name in enumerate(taggers):
        if name in suggested.names:
            given = suggested.names.index(name)
            block[:, number, 3] = suggested.best[given, suggested.product]
            block[~suggested.asked[given, suggested.product], number] = np.nan
        else:
            block[:, number] = np.nan
    places = np.array([taggers.index(name) if name in taggers else -1 for name in suggested.names], np.int64)
    known = places[suggested.tagger] >= 0
    row, place = suggested.row[known], places[suggested.tagger[known]]
    score, best = suggested.score[known], suggested.best[suggested.tagger[known], suggested.product[row]]
    block[row, place, 0] = score
    block[row, place, 1] = 1 / suggested.rank[known]
    block[row, place, 2] = np.divide(score, best, out=np.zeros(len(best)), where=best > 0)
    return block.reshape(len(block), len(taggers) * len(_PER_TAGGER))


def _tag_features(products: Sequence[Product], suggested: _Suggestions, statistics: TagStatistics) -> Floats:
    product, tag, rows = suggested.product, suggested.tag, len(suggested.tag)
    # Taggers are ordered by name: the sum of floats depends on the order of its terms.
    strengths = np.bincount(suggested.row, suggested.score, rows)
    features = np.empty((rows, len(_PER_TAG)))
    for block in statistics.blocks(suggested.row_tags, suggested.starts.tolist()):
        features[block.rows, 0] = block.support(strengths[block.rows])
    features[:, 1] = np.log1p(statistics.counts_of(suggested.tags))[tag]
    features[:, 2] = np.bincount(suggested.row, minlength=rows)
    features[:, 3] = np.array(list(map(len, suggested.tags)), np.int64)[tag]
    features[:, 4] = np.log1p([len(each.text) for each in products])[product]
    spoken = np.array([LANGUAGES.index(_language(each)) for each in suggested.tags], np.int64)
    told = np.array([LANGUAGES.index(each.lang) if each.lang in LANGUAGES else -1 for each in products])
    features[:, 5] = spoken[tag] == told[product]
    return features


_language = lru_cache(maxsize=1 << 14)(detect_language)
