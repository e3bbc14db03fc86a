"""Lay the products of a catalogue out in two dimensions, near ones near each other, each group in a colour of its own.

The axes are the first two principal components of the vectors of the products that are drawn, each without what is
common to all of its language.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.product import Product
from index.vectors.base import Matrix
from tagger.search.browse import Browser
from tagger.search.similarity import Edition, SimilarityIndex
from tagger.vocabulary import Vocabulary

MOST_POINTS = 2000
MOST_GROUPS = 8
LANGUAGE = "lang"
# What lies farther out is drawn at the edge, so that a few strange products do not press all others together.
_EDGE = 0.005
_TOLERANCE = 1e-12

Positions = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """Where products lie, (n, 2) from 0 to 1, among how many, and the share of the variance that the axes show."""

    edition: Edition
    ids: Sequence[str]
    positions: Positions
    total: int
    explained: float


@dataclass(frozen=True)
class Point:
    """A product, its place from 0 to 1, and its group: a number from 0 on, or none of those that are named."""

    product: Product
    x: float
    y: float
    group: int | None


@dataclass(frozen=True)
class Chart:
    """The points, the named groups with their number of points, and how many have another or no value.

    `total` tells among how many products they were drawn, `explained` which share of the variance the axes show.
    """

    points: Sequence[Point]
    groups: Sequence[tuple[str, int]]
    others: int
    without: int
    total: int
    explained: float


class CatalogueMap:
    """Draws the map of a catalogue, laid out anew when products or their vectors have come, gone or changed.

    Safe to call from several threads.
    """

    def __init__(
        self, browser: Browser, similarity_index: Callable[[], SimilarityIndex], *, most: int = MOST_POINTS
    ) -> None:
        self._browser = browser
        self._similarity_index = similarity_index
        self._most = most
        self._lock = threading.Lock()
        self._last: Layout | None = None

    def facets(self) -> list[str]:
        """Return what the points can be coloured by: tags of a facet, of any, or the language."""
        vocabulary = self._browser.vocabulary()
        counts = Counter[str]()
        for tag, count in self._browser.tag_counts().items():
            counts[vocabulary.facet(tag)] += count
        return [*(facet for facet, _ in counts.most_common()), LANGUAGE]

    def chart(self, facet: str) -> Chart:
        """Draw the products that have vectors, coloured by a facet; raises as `similarity_index` does."""
        layout = self._layout()
        places = dict(zip(layout.ids, layout.positions, strict=True))
        products = self._browser.products(layout.ids)
        values = _values(products, facet, self._browser.vocabulary())
        counts = Counter(value for value in values if value)
        groups = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MOST_GROUPS]
        numbers = {value: number for number, (value, _) in enumerate(groups)}
        points = [
            Point(product, float(places[product.id][0]), float(places[product.id][1]), numbers.get(value))
            for product, value in zip(products, values, strict=True)
        ]
        others = counts.total() - sum(count for _, count in groups)
        return Chart(points, groups, others, len(points) - counts.total(), layout.total, layout.explained)

    def _layout(self) -> Layout:
        similarity_index = self._similarity_index()
        with self._lock:
            if self._last is None or self._last.edition != similarity_index.edition():
                drawn = similarity_index.sample(self._most)
                spoken = {product.id: product.lang for product in self._browser.products(drawn.ids)}
                languages = [spoken.get(id, "") for id in drawn.ids]
                positions, explained = principal(without_language(drawn.vectors, languages))
                self._last = Layout(drawn.edition, drawn.ids, positions, drawn.total, explained)
            return self._last


def _values(products: Sequence[Product], facet: str, vocabulary: Vocabulary) -> list[str]:
    """Return each product's language, or its first tag of the facet, nothing where it has none."""
    if facet == LANGUAGE:
        return [product.lang for product in products]
    return [next((tag for tag in each.tags if vocabulary.facet(tag) == facet), "") for each in products]


def without_language(vectors: Matrix, languages: Sequence[str]) -> Matrix:
    """Take each language's mean from its rows, float32 (n, dim).

    Else the first axis would tell languages apart: that is what a multilingual encoder's vectors differ in most.
    """
    told, left = np.array(languages), np.array(vectors, np.float32)
    for language in set(languages):
        left[told == language] -= left[told == language].mean(axis=0)
    return left


def principal(vectors: Matrix) -> tuple[Positions, float]:
    """Return the rows' first two principal components, (n, 2) from 0 to 1, and the share of the variance they show.

    Of the two directions that a component can have, the one is taken that its largest weight is positive in.
    """
    if not len(vectors):
        return np.zeros((0, 2)), 0.0
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred)
    first = axes[:, : -min(2, axes.shape[1]) - 1 : -1]
    first = first * np.sign(first[np.abs(first).argmax(axis=0), np.arange(first.shape[1])])
    total = float(variances.sum())
    explained = float(variances[-2:].sum()) / total if total > _TOLERANCE else 0.0
    return _scale(centred @ first), explained


def _scale(positions: Positions) -> Positions:
    low, high = np.quantile(positions, [_EDGE, 1 - _EDGE], axis=0)
    width = high - low
    flat = width < _TOLERANCE
    scaled = (positions - low) / np.where(flat, 1.0, width)
    return np.where(flat, 0.5, np.clip(scaled, 0.0, 1.0))
