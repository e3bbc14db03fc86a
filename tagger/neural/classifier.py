"""The taggers `lstm`, `bilstm` and `cnn`: a network over words with one output for each tag."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from index.product import Product
from tagger.neural.graphs import Graph
from tagger.neural.words import WordTable, by_length, pad
from tagger.plugins import Resources
from tagger.plugins.option_checks import check_above_zero, check_minimum
from tagger.types import Ranking, rank_rows

if TYPE_CHECKING:
    import torch

_GRAPH = "network.onnx"
# Builds a network for numbers of words and tags.
Build = Callable[[int, int], "torch.nn.Module"]


class NetworkTagger:
    """Scores a tag by the probability that the network gives it."""

    text_only: Literal[True] = True

    def __init__(self, build: Build, words: WordTable, course: dict[str, Any]) -> None:
        self._build = build
        self._words = words
        self._course = course
        self._graph: Graph | None = None

    def fit(self, products: Sequence[Product]) -> None:
        """Train the network; without any tag the tagger stays empty."""
        from tagger.neural.classifier_training import train_classifier

        self._words.fit(products)
        self._graph = None
        if self._words.tags:
            self._graph = Graph(train_classifier(self._build, self._words, products, self._course))

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the most probable tags of each product."""
        if self._graph is None:
            return [[] for _ in products]
        rows = self._words.ids(product.text for product in products)
        scores = np.empty((len(rows), len(self._words.tags)), np.float32)
        for places in by_length(rows).values():
            [scores[places]] = self._graph.run(words=pad([rows[place] for place in places]))
        return rank_rows(scores, self._words.tags, limit)

    def save(self, folder: Path) -> None:
        """Write the words and the network."""
        self._words.save(folder)
        if self._graph:
            self._graph.save(folder / _GRAPH)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._words.load(folder)
        self._graph = Graph.load(folder / _GRAPH) if (folder / _GRAPH).is_file() else None


def lstm(
    resources: Resources,
    *,
    width: int = 128,
    hidden: int = 128,
    dropout: float = 0.3,
    epochs: int = 20,
    batch_size: int = 32,
    learning_rate: float = 3e-3,
    longest: int = 128,
) -> NetworkTagger:
    """Create the tagger `lstm` for the plugin registry."""
    return _lstm(resources, width, hidden, dropout, longest, False, _course(epochs, batch_size, learning_rate))


def bilstm(
    resources: Resources,
    *,
    width: int = 128,
    hidden: int = 96,
    dropout: float = 0.3,
    epochs: int = 20,
    batch_size: int = 32,
    learning_rate: float = 3e-3,
    longest: int = 128,
) -> NetworkTagger:
    """Create the tagger `bilstm` for the plugin registry."""
    return _lstm(resources, width, hidden, dropout, longest, True, _course(epochs, batch_size, learning_rate))


def cnn(
    resources: Resources,
    *,
    width: int = 128,
    filters: int = 100,
    dropout: float = 0.4,
    epochs: int = 20,
    batch_size: int = 32,
    learning_rate: float = 2e-3,
    longest: int = 128,
) -> NetworkTagger:
    """Create the tagger `cnn` for the plugin registry."""
    check_minimum(1, width=width, filters=filters, longest=longest)

    def build(words: int, tags: int) -> "torch.nn.Module":
        from tagger.neural.networks import CnnNetwork

        return CnnNetwork(words, tags, width=width, filters=filters, dropout=dropout)

    return _tagger(resources, build, longest, _course(epochs, batch_size, learning_rate))


def _lstm(
    resources: Resources, width: int, hidden: int, dropout: float, longest: int, both: bool, course: dict[str, Any]
) -> NetworkTagger:
    check_minimum(1, width=width, hidden=hidden, longest=longest)

    def build(words: int, tags: int) -> "torch.nn.Module":
        from tagger.neural.networks import LstmNetwork

        return LstmNetwork(words, tags, width=width, hidden=hidden, both=both, dropout=dropout)

    return _tagger(resources, build, longest, course)


def _tagger(resources: Resources, build: Build, longest: int, course: dict[str, Any]) -> NetworkTagger:
    return NetworkTagger(build, WordTable(2, longest), {**course, "seed": resources.seed})


def _course(epochs: int, batch_size: int, learning_rate: float) -> dict[str, Any]:
    check_minimum(1, epochs=epochs, batch_size=batch_size)
    check_above_zero(learning_rate=learning_rate)
    return {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
