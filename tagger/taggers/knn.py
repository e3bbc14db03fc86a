"""Let the nearest labelled products vote."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from index.encoder import Encoder
from index.errors import BadSetting
from index.product import Product
from index.vectors import Hit, VectorIndex
from tagger.evidence import Evidence, Neighbour
from tagger.plugin import Resources
from tagger.suggestion import Ranking, ranked

_TEMPERATURES = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.15)
_FITTED_ON = 1500
_FLOOR = 1e-3


class KnnTagger:
    """Scores a tag by the share of the neighbours' votes; nearer neighbours have more.

    A neighbour at similarity s has the weight exp(s / temperature), normalised over the neighbours. The
    temperature is the one under which the votes of the other products predict each product best (log loss).
    """

    def __init__(
        self, encoder: Encoder, new_index: Callable[[int], VectorIndex], *, neighbours: int, shown: int, seed: int
    ) -> None:
        self._encoder = encoder
        self._new_index = new_index
        self._neighbours = neighbours
        self._shown = shown
        self._seed = seed
        self._temperature = 0.05
        self._index: VectorIndex | None = None
        self._tags: dict[str, tuple[str, ...]] = {}
        self._titles: dict[str, str] = {}

    def fit(self, products: Sequence[Product]) -> None:
        """Index the products and choose the temperature."""
        self._index = self._new_index(self._encoder.dim)
        self._index.add([p.id for p in products], self._encoder.encode([p.text for p in products]))
        self._tags = {product.id: product.tags for product in products}
        self._titles = {product.id: product.title or product.description[:80] for product in products}
        chosen = np.random.default_rng(self._seed).permutation(len(products))[:_FITTED_ON]
        sample = [products[place] for place in sorted(chosen)]
        self._temperature = fitted_temperature([p.tags for p in sample], self._hits(sample), self._tags)

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the neighbours' tags by their share of the votes."""
        return [ranked(votes(hits, self._tags, self._temperature), limit) for hits in self._hits(products)]

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Show the nearest neighbours that have the tag, with their votes."""
        return [self._evidence(hits, wanted) for hits, wanted in zip(self._hits(products), tags, strict=True)]

    def _evidence(self, hits: Sequence[Hit], tags: Collection[str]) -> dict[str, Evidence]:
        weighted = list(zip(hits, weights(hits, self._temperature), strict=True))
        evidence = {}
        for tag in tags:
            voters = [(hit, vote) for hit, vote in weighted if tag in self._tags[hit.id]][: self._shown]
            if voters:
                named = (Neighbour(hit.id, self._titles[hit.id], hit.score, vote) for hit, vote in voters)
                evidence[tag] = Evidence(neighbours=tuple(named))
        return evidence

    def _hits(self, products: Sequence[Product]) -> list[list[Hit]]:
        """Find each product's neighbours; a product that is itself in the index is not its own."""
        if self._index is None or not products:
            return [[] for _ in products]
        found = self._index.search(self._encoder.encode([p.text for p in products]), self._neighbours + 1)
        others = ([hit for hit in hits if hit.id != p.id] for p, hits in zip(products, found, strict=True))
        return [hits[: self._neighbours] for hits in others]

    def save(self, folder: Path) -> None:
        """Write the index, and the neighbours' tags and titles."""
        assert self._index is not None, "fit comes first"
        self._index.save(folder)
        learnt = {"temperature": self._temperature, "tags": self._tags, "titles": self._titles}
        (folder / "votes.json").write_text(json.dumps(learnt, ensure_ascii=False), "utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._index = self._new_index(self._encoder.dim)
        self._index.load(folder)
        learnt = json.loads((folder / "votes.json").read_text("utf-8"))
        self._temperature, self._titles = learnt["temperature"], learnt["titles"]
        self._tags = {id: tuple(tags) for id, tags in learnt["tags"].items()}


def weights(hits: Sequence[Hit], temperature: float) -> list[float]:
    """Return each hit's share of the votes: softmax of similarity over temperature."""
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


def fitted_temperature(
    gold: Sequence[Sequence[str]], found: Sequence[Sequence[Hit]], tags_of: Mapping[str, Sequence[str]]
) -> float:
    """Return the temperature with the least log loss over the tags that were voted for or are right."""

    def loss(temperature: float) -> float:
        return sum(
            _log_loss(votes(hits, tags_of, temperature), set(tags)) for hits, tags in zip(found, gold, strict=True)
        )

    return min(_TEMPERATURES, key=loss)


def _log_loss(shares: Mapping[str, float], gold: set[str]) -> float:
    chances = np.clip([shares.get(tag, 0.0) for tag in gold], _FLOOR, 1)
    mistaken = np.clip([share for tag, share in shares.items() if tag not in gold], 0, 1 - _FLOOR)
    return float(-np.log(chances).sum() - np.log1p(-mistaken).sum())


def create(resources: Resources, *, neighbours: int = 20, shown: int = 5) -> KnnTagger:
    """Make the tagger for the plugin door; `shown` neighbours at most are given as evidence for a tag."""
    if neighbours < 1:
        raise BadSetting(f"neighbours must be at least 1, not {neighbours}")
    return KnnTagger(resources.encoder, resources.index, neighbours=neighbours, shown=shown, seed=resources.seed)
