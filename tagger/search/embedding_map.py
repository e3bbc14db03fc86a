"""A two-dimensional map of a catalogue's products: similar products are close together, and groups have colours.

The axes are the first two principal components of the drawn products' vectors, after subtracting each language's mean.
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
# Points beyond this quantile are drawn at the edge, so that a few outliers do not squeeze the rest together.
_EDGE = 0.005
_TOLERANCE = 1e-12

Positions = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """The positions of sampled products, (n, 2) from 0 to 1.

    `total` is the number of products sampled from, `explained` the share of variance that the axes explain.
    """

    edition: Edition
    ids: Sequence[str]
    positions: Positions
    total: int
    explained: float


@dataclass(frozen=True)
class Point:
    """A product, its position from 0 to 1, and the index of its named group, or None."""

    product: Product
    x: float
    y: float
    group: int | None


@dataclass(frozen=True)
class Chart:
    """The points of a map, and its named groups with their number of points.

    `others` is the number of points in unnamed groups, `without` the number of points without a value. `total` is the
    number of products sampled from, `explained` the share of variance that the axes explain.
    """

    points: Sequence[Point]
    groups: Sequence[tuple[str, int]]
    others: int
    without: int
    total: int
    explained: float


class CatalogueMap:
    """Draws the map of a catalogue; the layout is recomputed when products or their vectors change. Thread-safe."""

    def __init__(
        self, browser: Browser, similarity_index: Callable[[], SimilarityIndex], *, most: int = MOST_POINTS
    ) -> None:
        self._browser = browser
        self._similarity_index = similarity_index
        self._most = most
        self._lock = threading.Lock()
        self._last: Layout | None = None

    def facets(self) -> list[str]:
        """Return the facets that points can be coloured by, most frequent first, then the language.

        The empty string stands for tags without a facet.
        """
        vocabulary = self._browser.vocabulary()
        counts = Counter[str]()
        for tag, count in self._browser.tag_counts().items():
            counts[vocabulary.facet(tag)] += count
        return [*(facet for facet, _ in counts.most_common()), LANGUAGE]

    def chart(self, facet: str) -> Chart:
        """Return the map of products with cached vectors, coloured by a facet.

        Raises what `similarity_index` raises.
        """
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
    """Return each product's language or its first tag of the facet; an empty string if it has none."""
    if facet == LANGUAGE:
        return [product.lang for product in products]
    return [next((tag for tag in each.tags if vocabulary.facet(tag) == facet), "") for each in products]


def without_language(vectors: Matrix, languages: Sequence[str]) -> Matrix:
    """Subtract each language's mean from its rows, float32 (n, dim).

    Otherwise the first axis would separate languages: that is the largest difference in a multilingual encoder.
    """
    told, left = np.array(languages), np.array(vectors, np.float32)
    for language in set(languages):
        left[told == language] -= left[told == language].mean(axis=0)
    return left


def principal(vectors: Matrix) -> tuple[Positions, float]:
    """Return the rows' first two principal components, scaled to (n, 2) from 0 to 1, and their share of the variance.

    The sign of each component is chosen so that its largest weight is positive.
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
