"""Labelled catalogues to train on: files of products, and the packaged taxonomy."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from index.files.product_reader import read_products
from index.product import Product
from index.vectors.base import Matrix
from tagger.vocabulary.formats.packaged import read_packaged
from tagger.vocabulary.paths import path_of

# A tag of fewer products says more about one product than about its name.
_LEAST_PRODUCTS = 3
_MOST_READ = 8000
_MOST_TRAINED = 5500
_MOST_HELD_OUT = 400
_TENTH = 10
# A tag of nearly all products still counts this much.
_LEAST_IDF = 0.05


@dataclass(frozen=True, eq=False)
class TrainingCatalogue:
    """Texts to train on, and the names of tags; `gold` has the indices of each text's tags in `names`.

    `held_out` are products that nothing is trained on.
    """

    name: str
    texts: Sequence[str]
    names: Sequence[str]
    gold: Sequence[Sequence[int]]
    held_out: Sequence[Product] = ()

    @cached_property
    def counts(self) -> Matrix:
        """The number of texts of each tag, plus 1, (tags,)."""
        return np.bincount([tag for tags in self.gold for tag in tags], minlength=len(self.names)) + np.float32(1)

    @property
    def log_shares(self) -> Matrix:
        """The logarithm of each tag's share of all tags, (tags,)."""
        return np.asarray(np.log(self.counts / self.counts.sum()), np.float32)

    @property
    def idf(self) -> Matrix:
        """The inverse document frequency of each tag, (tags,)."""
        return np.asarray(np.log((len(self.gold) + 1) / self.counts).clip(_LEAST_IDF), np.float32)


def read_catalogue(path: Path) -> TrainingCatalogue:
    """Read a file of labelled products. A tenth of them, by a hash of their texts, is held out.

    Another tenth, which comes first by the hash, is left alone: benchmarks test on it.
    """
    read = [each.outcome for each in read_products([path])]
    ordered = sorted((each for each in read if isinstance(each, Product) and each.tags), key=_digest)[:_MOST_READ]
    tenth = len(ordered) // _TENTH
    trained, held_out = ordered[2 * tenth :][:_MOST_TRAINED], ordered[tenth : 2 * tenth][:_MOST_HELD_OUT]
    counts = Counter(tag for product in ordered[tenth:] for tag in product.tags)
    names = sorted(tag for tag, count in counts.items() if count >= _LEAST_PRODUCTS)
    labelled = [(product.text, product.tags) for product in trained]
    return _catalogue(path.name.partition(".")[0], labelled, names, held_out)


def _digest(product: Product) -> str:
    return hashlib.md5((product.title + product.description).encode()).hexdigest()  # noqa: S324 - no secret is kept


def taxonomy_catalogues() -> list[TrainingCatalogue]:
    """Return the packaged taxonomy, a catalogue for each language: a category's name, labelled with what is above it.

    It teaches which kinds of product belong together, in both languages.
    """
    vocabulary = read_packaged("shopify").vocabulary
    paths = [path_of(vocabulary, tag) for tag in sorted(vocabulary.categories)]
    return [
        _of_paths(f"taxonomy {language}", [path[language] for path in paths if language in path])
        for language in ("en", "zh")
    ]


def _of_paths(name: str, paths: Sequence[Sequence[str]]) -> TrainingCatalogue:
    counts = Counter(above for path in paths for above in set(path[:-1]))
    names = sorted(above for above, count in counts.items() if count >= _LEAST_PRODUCTS)
    return _catalogue(name, [(path[-1], tuple({*path[:-1]} - {path[-1]})) for path in paths], names)


def _catalogue(
    name: str, labelled: Iterable[tuple[str, Sequence[str]]], names: Sequence[str], held_out: Sequence[Product] = ()
) -> TrainingCatalogue:
    """Return a catalogue of the texts that have one of these names as tag."""
    number = {tag: place for place, tag in enumerate(names)}
    rows = [(text, [number[tag] for tag in tags if tag in number]) for text, tags in labelled]
    kept = [(text, tags) for text, tags in rows if tags]
    return TrainingCatalogue(name, [text for text, _ in kept], names, [tags for _, tags in kept], held_out)
