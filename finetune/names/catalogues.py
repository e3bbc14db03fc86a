"""Read labelled catalogues as vectors of their texts and of their tags' names."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.encoders.vector_cache import CachedEncoder
from index.files.product_reader import read_products
from index.product import Product
from index.progress import Progress
from index.vectors.base import Matrix

# A tag of fewer products says more about one product than about its name.
_LEAST_PRODUCTS = 3
_MOST_TRAINED = 2000
_MOST_HELD_OUT = 400
_TENTH = 10


@dataclass(frozen=True, eq=False)
class TrainingCatalogue:
    """Texts and names of tags as vectors; `gold` has the indices of each product's tags.

    Products up to `trained` are for training, the others are held out.
    """

    name: str
    products: Sequence[Product]
    tags: Sequence[str]
    texts: Matrix
    names: Matrix
    gold: Sequence[Sequence[int]]
    trained: int

    def log_shares(self) -> Matrix:
        """Return the logarithm of each tag's share of all tags of training products, (tags,)."""
        counts = np.ones(len(self.tags))
        for tags in self.gold[: self.trained]:
            counts[list(tags)] += 1
        return np.asarray(np.log(counts / counts.sum()), np.float32)


def read_catalogue(path: Path, encoder: CachedEncoder, progress: Progress) -> TrainingCatalogue:
    """Read a file of labelled products. A tenth of them, by a hash of their texts, is held out.

    Another tenth, which comes first by the hash, is left alone: benchmarks test on it.
    """
    read = [each.outcome for each in read_products([path])]
    ordered = sorted((each for each in read if isinstance(each, Product) and each.tags), key=_digest)
    tenth = len(ordered) // _TENTH
    trained, held = ordered[2 * tenth :][:_MOST_TRAINED], ordered[tenth : 2 * tenth][:_MOST_HELD_OUT]
    counts = Counter(tag for product in ordered[tenth:] for tag in product.tags)
    tags = sorted(tag for tag, count in counts.items() if count >= _LEAST_PRODUCTS)
    number = {tag: place for place, tag in enumerate(tags)}
    products = [*trained, *held]
    encoder.warm([*(product.text for product in products), *tags], progress)
    return TrainingCatalogue(
        name=path.name.partition(".")[0],
        products=products,
        tags=tags,
        texts=encoder.encode([product.text for product in products]),
        names=encoder.encode(tags),
        gold=[[number[tag] for tag in product.tags if tag in number] for product in products],
        trained=len(trained),
    )


def _digest(product: Product) -> str:
    return hashlib.md5((product.title + product.description).encode()).hexdigest()  # noqa: S324 - no secret is kept
