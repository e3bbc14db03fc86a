"""The protocols of taggers, and the resources that a tagger may use."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from index.encoders.base import Encoder
from index.encoders.weights import WeightsSettings
from index.product import Product
from index.vectors.base import VectorIndex
from tagger.types import Evidence, LabelledHit, Ranking
from tagger.vocabulary import Vocabulary


class BaseTagger(Protocol):
    """Suggests tags for products."""

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return one ranking of at most `limit` tags for each product, in the order given."""


@runtime_checkable
class Trainable(BaseTagger, Protocol):
    """A tagger that is fitted on labelled products, and saves its state to a folder."""

    def fit(self, products: Sequence[Product]) -> None:
        """Fit on labelled products, and discard any earlier fit."""

    def save(self, folder: Path) -> None:
        """Save the fitted state to an existing folder, without pickle."""

    def load(self, folder: Path) -> None:
        """Load what `save` wrote, in place of the current state."""


@runtime_checkable
class Pretrained(BaseTagger, Protocol):
    """A tagger that was trained beforehand, and knows which products were held out."""

    def unseen(self, product: Product) -> bool:
        """Tell whether the product was held out from training, so that it can be used to evaluate the tagger."""


@runtime_checkable
class Explains(BaseTagger, Protocol):
    """A tagger that can return evidence for its tags."""

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the evidence for each product's tags; tags without evidence are left out."""


class Analysis(Protocol):
    """A tagger's analysis of some products; each method returns one entry per product."""

    def rankings(self, limit: int) -> list[Ranking]:
        """Return rankings of at most `limit` tags, best first, ties by name."""

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the evidence for each product's given tags; tags without evidence are left out."""


@runtime_checkable
class FindsNeighbours(Analysis, Protocol):
    """An analysis that has found the labelled products nearest to each product."""

    def nearest(self) -> list[list[LabelledHit]]:
        """Return the labelled products nearest to each product, the most similar first."""


@runtime_checkable
class Analyzes(BaseTagger, Protocol):
    """A tagger that suggests and explains from one analysis."""

    def analyze(self, products: Sequence[Product]) -> Analysis:
        """Do the work that rankings and evidence share."""


@runtime_checkable
class Follows(BaseTagger, Protocol):
    """A tagger that matches tags' names in texts, and so must follow changes of names."""

    def follow(self, vocabulary: Vocabulary) -> None:
        """Match the current names of tags without another fit; suggestions keep the names known at fit time."""


@runtime_checkable
class Reviews(BaseTagger, Protocol):
    """A tagger that costs money or much time: it is asked last, about what the others suggest, and about few products.

    `sample` is how many products it may be asked about during a fit, and `share` the share of them after it.
    """

    sample: int
    share: float

    def review(
        self, products: Sequence[Product], candidates: Sequence[Ranking], limit: int, among: int
    ) -> list[Ranking]:
        """Return one ranking of at most `limit` tags for each product, `NotAsked` for those without an answer.

        `candidates` are the tags that the others suggest. The products were chosen from `among` many; of these, the
        tagger may ask about its `share` at most. With 0 the number was bounded before.
        """


@runtime_checkable
class TextOnly(Protocol):
    """A tagger that never uses `Resources.encoder`. It may be fitted while the vectors are still computed."""

    text_only: Literal[True]


@runtime_checkable
class LabelFree(Protocol):
    """A tagger that learns nothing from labels: `fit` may get products without tags, or none at all."""

    label_free: Literal[True]


@dataclass(frozen=True)
class Resources:
    """Resources for building taggers; each factory uses what it needs.

    `cache` is a folder of the store for what a tagger must keep from one fit to the next. It need not exist yet.
    """

    encoder: Encoder
    index: Callable[[int], VectorIndex]
    vocabulary: Vocabulary
    weights: WeightsSettings
    adapter: Path | None = None
    seed: int = 0
    texts: Sequence[str] = ()
    cache: Path | None = None
