"""An example of a third-party package: an encoder of letter pairs, and a pretrained tagger."""

import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoders.weights import WeightsSettings
from index.product import Product
from tagger.plugins import Resources
from tagger.types import Ranking, ranked


class LetterPairs:
    """Counts pairs of adjacent letters in `dim` buckets: fast, without a model, and similar for similar texts."""

    def __init__(self, *, dim: int) -> None:
        self.dim = dim
        self.name = f"acme/letter-pairs@{dim}"

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.stack([self._unit(text) for text in texts]) if texts else np.zeros((0, self.dim), np.float32)

    def _unit(self, text: str) -> npt.NDArray[np.float32]:
        counts = np.zeros(self.dim, np.float32)
        for pair in pairwise(f"<{text.lower()}>"):
            counts[zlib.crc32("".join(pair).encode()) % self.dim] += 1
        return counts / np.linalg.norm(counts)


def create_encoder(settings: WeightsSettings, *, dim: int = 64) -> LetterPairs:
    return LetterPairs(dim=dim)


def create_two_copies(settings: WeightsSettings, *, full_copy: str) -> LetterPairs:
    return LetterPairs(dim=128 if settings.full and Path(full_copy).exists() else 64)


class Oracle:
    """Suggests the text after a colon in the title. It was trained on products with "seen" in the id."""

    def __init__(self, *, score: float) -> None:
        self._score = score

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        return [self._ranking(product, limit) for product in products]

    def _ranking(self, product: Product, limit: int) -> Ranking:
        tag = product.title.partition(":")[2].strip()
        # For seen products it suggests a wrong tag, so that a test can detect that it was asked.
        return ranked({tag: self._score} if tag and self.unseen(product) else {"seen": self._score / 9}, limit)

    def unseen(self, product: Product) -> bool:
        return "seen" not in product.id


def create_oracle(resources: Resources, *, score: float = 0.9) -> Oracle:
    return Oracle(score=score)


class AdapterReader:
    """Suggests the name of the adapter it was given."""

    def __init__(self, told: str) -> None:
        self._told = told

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        return [ranked({self._told: 1.0}, limit) for _ in products]


def create_adapter_reader(resources: Resources) -> AdapterReader:
    return AdapterReader((resources.adapter / "about.json").read_text("utf-8") if resources.adapter else "none")
