"""What a tagger is, what it may use, and how it is found by name."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from index.encoders.base import Encoder
from index.encoders.weights import WeightsSettings
from index.plugins import PluginRegistry
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


@dataclass(frozen=True)
class PluginSettings:
    """A plugin by name and what it is told; `name` is what it is called in this store."""

    name: str
    plugin: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


TAGGERS = PluginRegistry(
    "tagweave.taggers",
    {
        "prior": "tagger.taggers.prior:create",
        "lexical": "tagger.taggers.lexical:create",
        "knn": "tagger.taggers.knn:create",
        "linear": "tagger.taggers.linear:create",
        "phrases": "tagger.taggers.phrases:create",
        "generator": "tagger.taggers.generator:create",
        "tuned": "finetune.encoders.tuned_tagger:create",
    },
)
ENCODERS = PluginRegistry("tagweave.encoders", {"sentence": "index.encoders.sentence_encoder:create"})
INDEXES = PluginRegistry(
    "tagweave.indexes", {"faiss": "index.vectors.faiss_index:create", "flat": "index.vectors.flat_index:create"}
)


def create_tagger(settings: PluginSettings, resources: Resources) -> BaseTagger:
    """Build a tagger by name; raises `UnknownPlugin`, `MissingDependency` or `BadSetting`."""
    tagger: BaseTagger = TAGGERS.create(settings.plugin or settings.name, [resources], settings.options)
    return tagger
