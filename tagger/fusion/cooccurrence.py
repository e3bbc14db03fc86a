"""How often tags occur, alone and together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.batching import batched
from index.product import Product

# Pseudo-count, in products, for how often two tags occur together.
_SMOOTHING = 2.0
# Size of a block's largest array, in numbers, and of the dense matrix of counts, in tags.
_MOST_CELLS = 1 << 16
_MOST_DENSE = 512

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TagBlock:
    """Counts for the tags of some products, padded to the same number n of tags per product.

    `rows` are the tags' places in the sequence that the block was made from; row r belongs to product `product[r]` and
    is its tag number `place[r]`, (rows,) each. `counts` tells how many labelled products have the tag, (products, n),
    and `together` how many have each pair, (products, n, n), with 0 on the diagonal. The padding counts 0.
    """

    rows: slice
    product: Ints
    place: Ints
    counts: Floats
    together: Floats

    def pad(self, values: np.ndarray, filler: float = 0.0) -> Floats:
        """Arrange the rows' values, (rows,), by product, (products, n)."""
        padded = np.full(self.counts.shape, filler, np.float64)
        padded[self.product, self.place] = values
        return padded

    def unpad(self, padded: Floats) -> Floats:
        """Return the values of the rows, (rows, ...), from an array (products, n, ...)."""
        return padded[self.product, self.place]

    def support(self, strengths: np.ndarray) -> Floats:
        """Return how strongly a product's other tags support each tag: the mean of P(tag | other), by strength.

        `strengths` and the result are (rows,); the result is between 0 and 1.
        """
        known = self.unpad(self.counts) > 0
        weights = np.where(known, strengths, 0)
        votes = self.pad(weights) / (self.counts + _SMOOTHING)
        # Sums along this axis do not depend on the padding: they add up one row after another.
        supported = self.unpad((self.together * votes[:, :, None]).sum(axis=1))
        total = np.bincount(self.product, weights, len(self.counts))[self.product]
        return np.where(known, supported / np.maximum(total - weights, 1e-9), 0)


@dataclass(frozen=True)
class SparseCounts:
    """A sparse matrix (tags, tags) in rows, as SciPy has it, which takes a quarter of a second to import."""

    data: npt.NDArray[np.float32]
    indices: npt.NDArray[np.int32]
    indptr: npt.NDArray[np.int32]


class TagStatistics:
    """Tag frequencies and co-occurrence counts over labelled products."""

    def __init__(self, tags: Sequence[str], counts: np.ndarray, together: SparseCounts, products: int) -> None:
        self._tags = list(tags)
        self._numbers = {tag: number for number, tag in enumerate(tags)}
        self._counts = counts
        self._together = together
        self._products = products

    @classmethod
    def of(cls, products: Sequence[Product]) -> "TagStatistics":
        """Count over labelled products."""
        from scipy.sparse import csr_array

        tags = sorted({tag for product in products for tag in product.tags})
        numbers = {tag: number for number, tag in enumerate(tags)}
        rows = [row for row, product in enumerate(products) for _ in product.tags]
        columns = [numbers[tag] for product in products for tag in product.tags]
        has = csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(products), len(tags)))
        counts = np.asarray(has.sum(axis=0), np.float32).reshape(-1)
        together = (has.T @ has).tocsr()
        return cls(tags, counts, SparseCounts(together.data, together.indices, together.indptr), len(products))

    def count(self, tag: str) -> float:
        """Return how many products have the tag."""
        number = self._numbers.get(tag)
        return 0.0 if number is None else float(self._counts[number])

    def counts_of(self, tags: Sequence[str]) -> Floats:
        """Return how many products have each tag, (n,)."""
        return np.append(self._counts, 0)[self._numbers_of(tags)].astype(np.float64)

    def blocks(self, tags: Sequence[str], starts: Sequence[int]) -> Iterator[TagBlock]:
        """Yield the counts of several products' tags; the tags of product p are those from starts[p] to starts[p + 1].

        A block holds as many products as fit into a core's cache.
        """
        numbers = self._numbers_of(tags)
        bounds = np.asarray(starts)
        most = int(np.diff(bounds).max(initial=1))
        for at in batched(range(len(bounds) - 1), max(1, _MOST_CELLS // most**2)):
            yield self._block(numbers, bounds[at[0] : at[-1] + 2])

    def _numbers_of(self, tags: Sequence[str]) -> Ints:
        """Return the number of each tag, -1 for an unknown one."""
        return np.fromiter(map(self._numbers.get, tags, repeat(-1)), np.int64, len(tags))

    def _block(self, numbers: Ints, bounds: Ints) -> TagBlock:
        sizes = np.diff(bounds)
        product = np.repeat(np.arange(len(sizes)), sizes)
        place = np.arange(bounds[0], bounds[-1]) - np.repeat(bounds[:-1], sizes)
        # At least one place, since an empty axis has no maximum.
        padded = np.full((len(sizes), sizes.max(initial=1)), -1)
        padded[product, place] = numbers[bounds[0] : bounds[-1]]
        counts = np.append(self._counts, 0)[padded].astype(np.float64)
        return TagBlock(slice(*bounds[[0, -1]].tolist()), product, place, counts, self._together_in(padded))

    def _together_in(self, numbers: Ints) -> Floats:
        """Return how many products have each pair of tags, (products, n, n), for numbers (products, n)."""
        places, dense = self._dense
        found = dense[places[numbers][:, :, None], places[numbers][:, None, :]]
        product, place = np.nonzero((places[numbers] == len(dense) - 1) & (numbers >= 0))
        if len(product):
            self._fill_in(found, numbers, product, place)
        return found

    def _fill_in(self, found: Floats, numbers: Ints, product: Ints, place: Ints) -> None:
        """Fill in the rows and columns of the tags at these places, which are not in the dense matrix."""
        matrix = self._together
        owner, entries = _entries(matrix, numbers[product, place])
        # The last column takes the unknown tags, and is never read.
        place_of = np.full((len(numbers), len(self._tags) + 1), -1)
        place_of[np.arange(len(numbers))[:, None], numbers] = np.arange(numbers.shape[1])
        other = place_of[product[owner], matrix.indices[entries]]
        owner, entries, other = owner[other >= 0], entries[other >= 0], other[other >= 0]
        apart = other != place[owner]
        owner, entries, other = owner[apart], entries[apart], other[apart]
        found[product[owner], place[owner], other] = matrix.data[entries]
        found[product[owner], other, place[owner]] = matrix.data[entries]

    @cached_property
    def _dense(self) -> tuple[Ints, Floats]:
        """The counts of the tags that occur together with most others, and the place of each tag among them.

        Their sparse rows are long, and most candidates are such tags. All others, and unknown tags (number -1), share
        the last place, which holds zeros.
        """
        widest = np.argsort(-np.diff(self._together.indptr), kind="stable")[:_MOST_DENSE]
        places = np.full(len(self._tags) + 1, len(widest))
        places[widest] = np.arange(len(widest))
        dense = np.zeros((len(widest) + 1, len(widest) + 1))
        owner, entries = _entries(self._together, widest)
        dense[owner, places[self._together.indices[entries]]] = self._together.data[entries]
        dense[:, -1] = 0
        np.fill_diagonal(dense, 0)
        return places, dense

    @property
    def products(self) -> int:
        """The number of products that were counted."""
        return self._products

    def save(self, folder: Path) -> None:
        """Write the counts into an existing folder."""
        matrix = self._together
        np.savez(
            folder / "statistics.npz",
            tags=np.array(self._tags, dtype=str),
            counts=self._counts,
            data=matrix.data,
            indices=matrix.indices,
            indptr=matrix.indptr,
            products=self._products,
        )

    @classmethod
    def load(cls, folder: Path) -> "TagStatistics":
        """Read the counts that `save` wrote."""
        with np.load(folder / "statistics.npz", allow_pickle=False) as saved:
            tags = [str(tag) for tag in saved["tags"]]
            together = SparseCounts(saved["data"], saved["indices"], saved["indptr"])
            return cls(tags, saved["counts"], together, int(saved["products"]))


def _entries(matrix: SparseCounts, rows: Ints) -> tuple[Ints, Ints]:
    """Return, for every entry of these rows, the place of its row among them, and its own place in the matrix."""
    begin = matrix.indptr[rows]
    lengths = matrix.indptr[rows + 1] - begin
    entries = np.repeat(begin - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    return np.repeat(np.arange(len(rows)), lengths), entries
