"""The tagger `tuned`: a neighbour vote whose encoder is trained on the catalogue's own tags."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from finetune.encoders.bag_encoder import TunedEncoder, TunedSettings
from index.product import Product
from tagger.plugins import TAGGERS, Analysis, Analyzes, Explains, Resources, Trainable
from tagger.types import Evidence, Ranking


@runtime_checkable
class Voters(Trainable, Explains, Analyzes, Protocol):
    """The protocols that the tagger `knn` implements."""


class TunedTagger:
    """A neighbour vote whose encoder is trained first."""

    def __init__(self, encoder: TunedEncoder, voters: Voters) -> None:
        self._encoder = encoder
        self._voters = voters

    def fit(self, products: Sequence[Product]) -> None:
        """Train the encoder, then index the products."""
        self._encoder.fit(products)
        self._voters.fit(products)

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the neighbours' tags by their share of the votes."""
        return self._voters.suggest(products, limit)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the nearest neighbours that have each tag, with their votes, as evidence."""
        return self._voters.explain(products, tags)

    def analyze(self, products: Sequence[Product]) -> Analysis:
        """Find the neighbours once, for suggestions and evidence alike."""
        return self._voters.analyze(products)

    def save(self, folder: Path) -> None:
        """Write the encoder and the neighbours."""
        self._encoder.save(folder)
        self._voters.save(folder)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._encoder.load(folder)
        self._voters.load(folder)


def create(
    resources: Resources,
    *,
    neighbours: int = 20,
    shown: int = 5,
    width: int = 256,
    epochs: int = 10,
    batch_size: int = 256,
    learning_rate: float = 5e-3,
) -> TunedTagger:
    """Make the tagger for the plugin registry; at most `shown` neighbours are given as evidence for a tag."""
    encoder = TunedEncoder(TunedSettings(width, epochs, batch_size, learning_rate=learning_rate, seed=resources.seed))
    others = replace(resources, encoder=encoder)
    voters = TAGGERS.create("knn", [others], {"neighbours": neighbours, "shown": shown})
    assert isinstance(voters, Voters), "knn learns, and shows its neighbours"
    return TunedTagger(encoder, voters)
