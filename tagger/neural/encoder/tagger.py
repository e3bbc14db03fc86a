"""The tagger `transformer`: a sentence encoder whose last layers are fine-tuned on the catalogue's tags."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from index.encoders.weights import PRODUCTS, WeightsSettings
from index.errors import BadSetting, StaleArtifact
from index.messages import Message
from index.product import Product
from tagger.neural.encoder.pieces import PieceTable
from tagger.neural.graphs import Graph
from tagger.neural.words import by_length
from tagger.plugins import Resources
from tagger.plugins.option_checks import check_above_zero, check_minimum
from tagger.types import Ranking, rank_rows

_GRAPH = "network.onnx"
_ABOUT = "about.json"
_BATCH = 32
_TRAINED = ("full", "lora", "head")
_LOSSES = ("asymmetric", "cross_entropy")


class EncoderTagger:
    """Scores a tag by the probability that the encoder's head gives it."""

    text_only: Literal[True] = True

    def __init__(
        self, model: str, weights: WeightsSettings, longest: int, network: dict[str, Any], course: dict[str, Any]
    ) -> None:
        self._model = model
        self._weights = weights
        self._longest = longest
        self._network = network
        self._course = course
        self._loaded: PieceTable | None = None
        self._tags: list[str] = []
        self._graph: Graph | None = None

    @property
    def _table(self) -> PieceTable:
        if self._loaded is None:
            self._loaded = PieceTable(self._model, self._weights, self._longest)
        return self._loaded

    def fit(self, products: Sequence[Product]) -> None:
        """Fine-tune the encoder; without any tag the tagger stays empty."""
        from tagger.neural.encoder.training import EncoderSettings, train_encoder
        from tagger.neural.training import Course

        self._tags = sorted({tag for product in products for tag in product.tags})
        self._graph = None
        if self._tags:
            settings, course = EncoderSettings(**self._network), Course(**self._course)
            self._graph = Graph(train_encoder(self._table, products, self._tags, settings, course))

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the most probable tags of each product."""
        if self._graph is None:
            return [[] for _ in products]
        pieces = self._table.pieces([product.text for product in products])
        scores = np.empty((len(products), len(self._tags)), np.float32)
        for places in by_length(pieces).values():
            for start in range(0, len(places), _BATCH):
                some = places[start : start + _BATCH]
                [scores[some]] = self._graph.run(embeddings=self._table.embeddings([pieces[place] for place in some]))
        return rank_rows(scores, self._tags, limit)

    def save(self, folder: Path) -> None:
        """Write the tags and the network; the base model's vocabulary stays where it is."""
        about = {"tags": self._tags, "model": self._model}
        if self._graph:
            about["base"] = self._table.weights.fingerprint()
            self._graph.save(folder / _GRAPH)
        (folder / _ABOUT).write_text(json.dumps(about, ensure_ascii=False), "utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote. Raises `StaleArtifact` if the base model has other weights now."""
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        self._tags, self._graph = about["tags"], None
        if (folder / _GRAPH).is_file():
            self._graph = Graph.load(folder / _GRAPH)
            if about["base"] != self._table.weights.fingerprint():
                raise StaleArtifact("neural.other-base", model=self._model, folder=folder)


def create(
    resources: Resources,
    *,
    model: str = PRODUCTS,
    train: str = "full",
    layers: int = 4,
    rank: int = 16,
    loss: str = "asymmetric",
    dropout: float = 0.1,
    epochs: int = 10,
    batch_size: int = 16,
    learning_rate: float = 3e-3,
    longest: int = 128,
) -> EncoderTagger:
    """Create the tagger for the plugin registry."""
    for name, value, choices in (("train", train, _TRAINED), ("loss", loss, _LOSSES)):
        if value not in choices:
            raise BadSetting("value.choices", what=Message(name), value=value, available=", ".join(choices))
    check_minimum(1, layers=layers, rank=rank, epochs=epochs, batch_size=batch_size, longest=longest)
    check_above_zero(learning_rate=learning_rate)
    network = {"train": train, "layers": layers, "rank": rank, "dropout": dropout, "loss": loss}
    course = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "seed": resources.seed}
    return EncoderTagger(model, resources.weights, longest, network, course)
