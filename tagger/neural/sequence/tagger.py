"""The tagger `seq2seq`: reads the words of a product and writes its tags, the most frequent first."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from index.product import Product
from tagger.neural.graphs import Graph
from tagger.neural.sequence.beam_search import Written, search_beams, strongest, tag_scores
from tagger.neural.words import Ids, WordTable
from tagger.plugins import Resources
from tagger.plugins.option_checks import check_above_zero, check_minimum
from tagger.types import Evidence, Ranking, Span, ranked

_GRAPHS = ("encoder.onnx", "decoder.onnx")
_ORDER = "order.json"
_BEGIN, _END, _TAGS_FROM = 0, 1, 2
# Words with less than this share of the attention are no evidence, nor are any beyond this number of words.
_LEAST_SHARE, _MOST_WORDS = 0.2, 3


class SequenceTagger:
    """Scores a tag by its probability in the sequences that a beam search finds."""

    text_only: Literal[True] = True

    def __init__(self, words: WordTable, sizes: dict[str, Any], course: dict[str, Any], beams: int) -> None:
        self._words = words
        self._sizes = sizes
        self._course = course
        self._beams = beams
        self._order: list[str] = []
        self._longest = 0
        self._graphs: tuple[Graph, Graph] | None = None

    def fit(self, products: Sequence[Product]) -> None:
        """Train the network; without any tag the tagger stays empty."""
        from tagger.neural.sequence.training import frequency_order, train_sequence
        from tagger.neural.training import Course

        self._words.fit(products)
        self._order = frequency_order(products)
        self._longest = max((len(product.tags) for product in products), default=0) + 1
        self._graphs = None
        if self._order:
            found = train_sequence(self._words, products, self._order, self._sizes, Course(**self._course))
            self._graphs = Graph(found[0]), Graph(found[1])

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the tags that are written for each product, the most probable first."""
        rankings = []
        for product in products:
            scores = tag_scores(self.write(product))
            named = {self._order[tag - _TAGS_FROM]: score for tag, score in scores.items()}
            rankings.append(ranked(named, limit))
        return rankings

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return, for each tag, the words that the decoder attended to when it wrote the tag."""
        return [
            self._explained(product, wanted) if wanted else {} for product, wanted in zip(products, tags, strict=True)
        ]

    def attention(self, product: Product) -> tuple[list[str], dict[str, list[float]]]:
        """Return the words of a product, and for each tag of the best sequence the share of attention of each word."""
        found = self.write(product)
        words = self._words.shown(product.text)
        if not found:
            return words, {}
        shares = zip(found[0].tags, found[0].attention, strict=True)
        return words, {self._order[tag - _TAGS_FROM]: each[: len(words)].tolist() for tag, each in shares}

    def write(self, product: Product) -> list[Written]:
        """Return the most probable sequences of tags, by number."""
        if self._graphs is None:
            return []
        [row] = self._words.ids([product.text])
        return search_beams(
            _Decoding(*self._graphs, row).step, begin=_BEGIN, end=_END, beams=self._beams, longest=self._longest
        )

    def _explained(self, product: Product, tags: Collection[str]) -> dict[str, Evidence]:
        found, words = self.write(product), self._words.shown(product.text)
        evidence = {}
        for tag in tags:
            number = self._order.index(tag) + _TAGS_FROM if tag in self._order else -1
            shares = strongest(found, number)
            if shares is not None and (spans := _spans(product.text, words, shares[: len(words)])):
                evidence[tag] = Evidence(spans=spans)
        return evidence

    def save(self, folder: Path) -> None:
        """Write the words, the order of the tags and the networks."""
        self._words.save(folder)
        about = {"order": self._order, "longest": self._longest}
        (folder / _ORDER).write_text(json.dumps(about, ensure_ascii=False), "utf-8")
        for name, graph in zip(_GRAPHS, self._graphs or (), strict=False):
            graph.save(folder / name)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._words.load(folder)
        about = json.loads((folder / _ORDER).read_text("utf-8"))
        self._order, self._longest, self._graphs = about["order"], about["longest"], None
        if (folder / _GRAPHS[0]).is_file():
            self._graphs = Graph.load(folder / _GRAPHS[0]), Graph.load(folder / _GRAPHS[1])


class _Decoding:
    """The decoder's state over one text."""

    def __init__(self, encoder: Graph, decoder: Graph, row: Ids) -> None:
        self._decoder = decoder
        self._memory, self._bias, self._state, self._read = encoder.run(words=row[None])

    def step(
        self, last: npt.NDArray[np.int64], kept: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        logs, self._state, self._read, shares = self._decoder.run(
            last=last,
            before=self._state[kept],
            read=self._read[kept],
            memory=np.repeat(self._memory, len(last), axis=0),
            bias=np.repeat(self._bias, len(last), axis=0),
        )
        return logs, shares


def _spans(text: str, words: Sequence[str], shares: npt.NDArray[np.float32]) -> tuple[Span, ...]:
    """Return where the words with most attention occur in the text."""
    spans = []
    for place in np.argsort(-shares, kind="stable")[:_MOST_WORDS].tolist():
        start = text.lower().find(words[place])
        end = start + len(words[place])
        # Lower case may be longer than the text itself; such a place is left out.
        if shares[place] >= _LEAST_SHARE and start >= 0 and text[start:end].lower() == words[place]:
            spans.append(Span(start, end, text[start:end]))
    return tuple(sorted(set(spans), key=lambda span: (span.start, span.end)))


def create(
    resources: Resources,
    *,
    width: int = 128,
    hidden: int = 192,
    dropout: float = 0.3,
    epochs: int = 20,
    batch_size: int = 64,
    learning_rate: float = 3e-3,
    longest: int = 128,
    beams: int = 4,
) -> SequenceTagger:
    """Create the tagger for the plugin registry."""
    check_minimum(1, width=width, hidden=hidden, epochs=epochs, batch_size=batch_size, longest=longest, beams=beams)
    check_above_zero(learning_rate=learning_rate)
    course = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "seed": resources.seed}
    course |= {"bfloat16": False}
    network = {"width": width, "hidden": hidden + hidden % 2, "dropout": dropout}
    return SequenceTagger(WordTable(2, longest), network, course, beams)
