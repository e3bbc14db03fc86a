"""Train the detector on a store's own products: each without itself, and some without their whole kind."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.batching import batched
from index.product import Product
from index.vectors.base import Matrix
from tagger.novelty.clusters import cluster
from tagger.novelty.features import FEATURES, agreement, named_kind, of_similarities, unseen_share
from tagger.novelty.kinds import find_kinds
from tagger.novelty.model import FamiliarityModel, Floats, fit_model
from tagger.novelty.word_counts import Ints, WordCounts
from tagger.types import LabelledHit, Ranking

# With fewer products, too few are left to compare with.
LEAST_PRODUCTS = 100
_SAMPLE = 1500
_PER_GROUP = 25
_MOST_KINDS = 60
# Kinds of a smaller share are not left out: a product of theirs is hardly stranger without them.
_LEAST_SHARE = 0.01
# Fewer products than this with their group left out say too little.
_LEAST_LEFT_OUT = 50
# With fewer large kinds, clusters are left out instead.
_LEAST_KINDS = 3
_NEAREST = 5
_AT_ONCE = 200
_OUT_OF_REACH = -9.0


@dataclass(frozen=True)
class TrainingData:
    """A store's labelled products with their vectors, float32 (products, dim), and the hashes of each one's words.

    `named` has, for some products by id, the tags that a tagger fitted without them finds named in the text.
    """

    products: Sequence[Product]
    vectors: Matrix
    words: Sequence[Ints]
    counts: WordCounts
    named: Mapping[str, Ranking]
    neighbours: int
    tags: Sequence[frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", [frozenset(product.tags) for product in self.products])


@dataclass(frozen=True)
class Trained:
    """The kinds, each with how much it tells, and the model; None if the store has too few products."""

    kinds: Mapping[str, float]
    model: FamiliarityModel | None


def train(data: TrainingData, *, seed: int) -> Trained:
    """Find the kinds, judge products as if they or their kinds were not there, and fit the model that tells them apart.

    The products are those in `named`, or a sample of them.
    """
    places = np.array([place for place, each in enumerate(data.products) if each.id in data.named], np.int64)
    if len(places) < LEAST_PRODUCTS:
        return Trained({}, None)
    random = np.random.default_rng(seed)
    sample = np.sort(random.permutation(places)[:_SAMPLE])
    kinds = find_kinds(data.tags, sample, _nearest_places(data, sample))
    left_out = list(_left_out(data, kinds, places, random))
    if sum(len(rows) for rows, _ in left_out) < _LEAST_LEFT_OUT:
        return Trained(kinds, None)
    without = np.concatenate([rows for rows, _ in left_out])
    own = _features(data, kinds, sample, None)
    model = fit_model(
        own, _languages(data, sample), without, _languages(data, np.concatenate([at for _, at in left_out]))
    )
    return Trained(kinds, model)


def _languages(data: TrainingData, places: Ints) -> list[str]:
    return [data.products[place].lang for place in places.tolist()]


def _nearest_places(data: TrainingData, sample: Ints) -> Ints:
    count = min(_NEAREST, len(data.products) - 1)
    found = [_best(_similarities(data, each, None), count) for each in _chunks(sample)]
    return np.concatenate(found)


def _chunks(places: Ints) -> Iterator[Ints]:
    return (np.array(each, np.int64) for each in batched(places.tolist(), _AT_ONCE))


def _similarities(data: TrainingData, places: Ints, hidden: npt.NDArray[np.bool_] | None) -> Matrix:
    """Return the similarity of some products to all, (places, products), without themselves or the hidden ones."""
    found = data.vectors[places] @ data.vectors.T
    found[np.arange(len(places)), places] = _OUT_OF_REACH
    if hidden is not None:
        found[:, hidden] = _OUT_OF_REACH
    return found


def _best(similarities: Matrix, count: int) -> Ints:
    """Return the places of the `count` most similar products, (rows, count), best first."""
    some = np.argpartition(-similarities, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(similarities, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def _groups(data: TrainingData, kinds: Mapping[str, float], random: np.random.Generator) -> list[npt.NDArray[np.bool_]]:
    """Return groups of products to leave out, bool (products,) each: the larger kinds, or else clusters."""
    counts = Counter(tag for each in data.tags for tag in each)
    large = [kind for kind in kinds if counts[kind] >= _LEAST_SHARE * len(data.products)]
    if len(large) >= _LEAST_KINDS:
        largest = sorted(large, key=lambda kind: (-counts[kind], kind))[:_MOST_KINDS]
        return [np.array([kind in tags for tags in data.tags]) for kind in largest]
    found = cluster(data.vectors, random)
    return [found == number for number in np.unique(found)]


def _left_out(
    data: TrainingData, kinds: Mapping[str, float], places: Ints, random: np.random.Generator
) -> Iterator[tuple[Floats, Ints]]:
    """Yield the features of some products of each group, judged as if the group were not there, and their places."""
    counts = Counter(tag for each in data.tags for tag in each)
    asked = np.isin(np.arange(len(data.products)), places)
    for hidden in _groups(data, kinds, random):
        inside = Counter(tag for at in np.flatnonzero(hidden).tolist() for tag in data.tags[at])
        # Tags that are mostly on products of this group go with it.
        others = {tag: tells for tag, tells in kinds.items() if 2 * inside[tag] <= counts[tag]}
        chosen = np.sort(random.permutation(np.flatnonzero(hidden & asked))[:_PER_GROUP])
        if len(chosen) and not hidden.all():
            yield _features(data, others, chosen, hidden), chosen


def _features(
    data: TrainingData, kinds: Mapping[str, float], places: Ints, hidden: npt.NDArray[np.bool_] | None
) -> Floats:
    """Return the features of some products, (places, features), as if they or the hidden products were not there."""
    features = np.empty((len(places), len(FEATURES)))
    available = len(data.products) - (1 if hidden is None else int(hidden.sum()))
    count = min(data.neighbours, available)
    taken = _words_of(data, hidden)
    done = 0
    for some in _chunks(places):
        similarities = _similarities(data, some, hidden)
        best = _best(similarities, count)
        scores = np.take_along_axis(similarities, best, axis=1)
        near, lead = of_similarities(scores)
        for row, place in enumerate(some.tolist()):
            hits = [LabelledHit(0.0, data.products[other].tags) for other in best[row].tolist()]
            product, rows = data.products[place], data.counts.rows(data.words[place])
            unseen = unseen_share(data.counts.counts[rows] - (1 if taken is None else taken[rows]))
            named = named_kind(data.named[product.id], kinds)
            features[done + row] = near[row], lead[row], unseen, named, agreement(hits, kinds)
        done += len(some)
    return features


def _words_of(data: TrainingData, hidden: npt.NDArray[np.bool_] | None) -> Ints | None:
    """Return how many of the hidden products have each word, (words,)."""
    if hidden is None:
        return None
    rows = [data.counts.rows(data.words[place]) for place in np.flatnonzero(hidden).tolist()]
    return np.bincount(np.concatenate(rows), minlength=len(data.counts.counts))
