"""What a tagger is, and what it may be built from."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from index.encoders.base import Encoder
from index.encoders.weights import WeightsSettings
from index.product import Product
from index.vectors.base import VectorIndex
from tagger.types import Evidence, Ranking
from tagger.vocabulary import Vocabulary


class BaseTagger(Protocol):
    """Suggests tags for products."""

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return one ranking of at most `limit` tags for each product, in the order given."""


@runtime_checkable
class Trainable(BaseTagger, Protocol):
    """A tagger that learns from labelled products, and keeps what it learnt in a folder."""

    def fit(self, products: Sequence[Product]) -> None:
        """Learn from labelled products, forgetting what was learnt before."""

    def save(self, folder: Path) -> None:
        """Write what was learnt into an existing folder, without pickle."""

    def load(self, folder: Path) -> None:
        """Replace what was learnt by what `save` wrote."""


@runtime_checkable
class Pretrained(BaseTagger, Protocol):
    """A tagger that learnt elsewhere, and knows which products it has not seen there."""

    def unseen(self, product: Product) -> bool:
        """Tell whether the product was kept out of the training, so that its answer is a fair one."""


@runtime_checkable
class Explains(BaseTagger, Protocol):
    """A tagger that can show why it suggests a tag."""

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the evidence for those of each product's tags that there is any for."""


class Analysis(Protocol):
    """What a tagger found in some products; answers have one entry for each product."""

    def rankings(self, limit: int) -> list[Ranking]:
        """Return at most `limit` suggestions, best first, ties by name."""

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the evidence for those of each product's given tags that there is any for."""


@runtime_checkable
class Analyzes(BaseTagger, Protocol):
    """A tagger that suggests and explains from one analysis."""

    def analyze(self, products: Sequence[Product]) -> Analysis:
        """Do once what rankings and evidence both need."""


@runtime_checkable
class Follows(BaseTagger, Protocol):
    """A tagger that looks for what tags are called, and so follows changes of their names."""

    def follow(self, vocabulary: Vocabulary) -> None:
        """Go by what tags are called now, without learning anew; tags keep the names that they were learnt by."""


@dataclass(frozen=True)
class Resources:
    """What a tagger may be built from; it takes what it needs."""

    encoder: Encoder
    index: Callable[[int], VectorIndex]
    vocabulary: Vocabulary
    weights: WeightsSettings
    adapter: Path | None = None
    seed: int = 0
