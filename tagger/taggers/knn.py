"""Suggest tags by the votes of the nearest labelled products."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.neighbours import Neighbours
from index.product import Product
from index.vectors.base import Hit
from tagger.plugins import Resources
from tagger.plugins.option_checks import check_minimum
from tagger.types import Evidence, LabelledHit, Neighbour, Ranking, ranked

_TEMPERATURES = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.15)
_FITTED_ON = 1500
_FLOOR = 1e-3
_LEAST = 1e-9
_LEARNT = "votes.json"


class KnnTagger:
    """Scores a tag by its share of the neighbours' votes; nearer neighbours have more weight.

    A neighbour at similarity s has the weight exp(s / temperature), normalised over the neighbours. `fit` chooses the
    temperature with the lowest leave-one-out log loss.
    """

    def __init__(self, neighbours: Neighbours, *, shown: int, seed: int) -> None:
        self._neighbours = neighbours
        self._shown = shown
        self._seed = seed
        self._temperature = 0.05

    def fit(self, products: Sequence[Product]) -> None:
        """Index the products and choose the temperature."""
        self._neighbours.fit(products)
        chosen = np.random.default_rng(self._seed).permutation(len(products))[:_FITTED_ON]
        sample = [products[place] for place in sorted(chosen)]
        found = self._neighbours.near(sample)
        self._temperature = fit_temperature([p.tags for p in sample], found, self._neighbours.tags)

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the neighbours' tags by their share of the votes."""
        return self.analyze(products).rankings(limit)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return, for each tag, the nearest neighbours that have it, with their votes."""
        return self.analyze(products).evidence(tags)

    def analyze(self, products: Sequence[Product]) -> "NeighbourVotes":
        """Find the neighbours once, for both `rankings` and `evidence`."""
        return NeighbourVotes(self._neighbours, self._neighbours.near(products), self._temperature, self._shown)

    def save(self, folder: Path) -> None:
        """Write the neighbours and the temperature."""
        self._neighbours.save(folder)
        (folder / _LEARNT).write_text(json.dumps({"temperature": self._temperature}), "utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._neighbours.load(folder)
        self._temperature = json.loads((folder / _LEARNT).read_text("utf-8"))["temperature"]


@dataclass(frozen=True)
class NeighbourVotes:
    """The neighbours of several products; `hits` has one entry per product, evidence shows at most `shown` of them."""

    neighbours: Neighbours
    hits: Sequence[Sequence[Hit]]
    temperature: float
    shown: int

    def rankings(self, limit: int) -> list[Ranking]:
        """Return the neighbours' tags by their share of the votes."""
        return [ranked(votes(hits, self.neighbours.tags, self.temperature), limit) for hits in self.hits]

    def nearest(self) -> list[list[LabelledHit]]:
        """Return the neighbours themselves."""
        tags = self.neighbours.tags
        return [[LabelledHit(hit.score, tags[hit.id]) for hit in hits] for hits in self.hits]

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return, for each tag, the nearest neighbours that have it, with their votes."""
        return [self._evidence(hits, wanted) for hits, wanted in zip(self.hits, tags, strict=True)]

    def _evidence(self, hits: Sequence[Hit], tags: Collection[str]) -> dict[str, Evidence]:
        weighted = [(*each, at) for at, each in enumerate(zip(hits, weights(hits, self.temperature), strict=True), 1)]
        evidence = {}
        for tag in tags:
            voters = [each for each in weighted if tag in self.neighbours.tags[each[0].id]][: self.shown]
            if voters:
                titles = self.neighbours.titles
                named = (Neighbour(hit.id, titles[hit.id], hit.score, vote, place) for hit, vote, place in voters)
                evidence[tag] = Evidence(neighbours=tuple(named))
        return evidence


def weights(hits: Sequence[Hit], temperature: float) -> list[float]:
    """Return each hit's share of the votes: the softmax of similarity / temperature."""
    if not hits:
        return []
    scores = np.array([hit.score for hit in hits])
    shares = np.exp((scores - scores.max()) / temperature)
    return [float(share) for share in shares / shares.sum()]


def votes(hits: Sequence[Hit], tags_of: Mapping[str, Sequence[str]], temperature: float) -> dict[str, float]:
    """Return each tag's share of the votes, 0 to 1."""
    shares: dict[str, float] = {}
    for hit, weight in zip(hits, weights(hits, temperature), strict=True):
        for tag in tags_of[hit.id]:
            shares[tag] = shares.get(tag, 0.0) + weight
    return shares


def fit_temperature(
    gold: Sequence[Sequence[str]], found: Sequence[Sequence[Hit]], tags_of: Mapping[str, Sequence[str]]
) -> float:
    """Return the temperature with the lowest log loss over all tags that have votes or are right."""
    cases = _cases(gold, found, tags_of)
    return min(_TEMPERATURES, key=cases.log_loss)


@dataclass(frozen=True)
class _Cases:
    """The pairs of a product and a tag that has votes or is right, with the votes for them.

    `similarity` is (products, most hits), minus infinity where a product has fewer hits. Each vote is the index of a
    hit in the flattened `similarity` and the index of the case that it is for; `right` is (cases,).
    """

    similarity: npt.NDArray[np.float64]
    hits: npt.NDArray[np.int64]
    voted: npt.NDArray[np.int64]
    right: npt.NDArray[np.bool_]

    def log_loss(self, temperature: float) -> float:
        """Return the sum of the log losses of all cases."""
        if not self.similarity.size:
            return 0.0
        nearest = self.similarity.max(axis=1, keepdims=True)
        raised = np.exp((self.similarity - np.where(np.isfinite(nearest), nearest, 0)) / temperature)
        weight = raised / np.maximum(raised.sum(axis=1, keepdims=True), _LEAST)
        shares = np.bincount(self.voted, weight.ravel()[self.hits], len(self.right))
        chance = np.where(self.right, np.maximum(shares, _FLOOR), 1 - np.minimum(shares, 1 - _FLOOR))
        return float(-np.log(np.minimum(chance, 1)).sum())


def _cases(
    gold: Sequence[Sequence[str]], found: Sequence[Sequence[Hit]], tags_of: Mapping[str, Sequence[str]]
) -> _Cases:
    width = max(map(len, found), default=0)
    similarity = np.full((len(found), width), -np.inf)
    numbers: dict[tuple[int, str], int] = {}
    votes = []
    for row, (tags, hits) in enumerate(zip(gold, found, strict=True)):
        similarity[row, : len(hits)] = [hit.score for hit in hits]
        for tag in tags:
            numbers.setdefault((row, tag), len(numbers))
        votes += [
            (row * width + place, numbers.setdefault((row, tag), len(numbers)))
            for place, hit in enumerate(hits)
            for tag in tags_of[hit.id]
        ]
    right = np.zeros(len(numbers), bool)
    right[[numbers[row, tag] for row, tags in enumerate(gold) for tag in tags]] = True
    of_hits, voted = np.array(votes, np.int64).reshape(-1, 2).T
    return _Cases(similarity, of_hits, voted, right)


def create(resources: Resources, *, neighbours: int = 20, shown: int = 5) -> KnnTagger:
    """Create the tagger for the plugin registry; evidence shows at most `shown` neighbours per tag."""
    check_minimum(1, neighbours=neighbours)
    found = Neighbours(resources.encoder, resources.index, neighbours)
    return KnnTagger(found, shown=shown, seed=resources.seed)
