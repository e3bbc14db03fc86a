"""The tagger `attributes`: marks the values of attributes in a text, such as a brand, a colour or a material.

It learns from the products' own tags: where a tag's name occurs in the text of a product that has the tag, it is a
value of the tag's facet; where a product lacks the tag, the same word is none. So it learns from the words around a
name whether it is a value, and finds values that no product had before.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from index.product import Attribute, Product
from index.text.folding import fold
from tagger.neural.graphs import Graph
from tagger.neural.training_set import keep_out
from tagger.neural.values.tokens import Token, label_tokens, marked_values, tokens_of, tokens_within
from tagger.plugins import Resources
from tagger.plugins.option_checks import check_above_zero, check_minimum
from tagger.tag_names.names_in_text import NamesInText, NormalNames, current_names, spans_as_evidence
from tagger.types import Evidence, Ranking, Span, ranked
from tagger.vocabulary import Vocabulary

_GRAPH = "network.onnx"
_ABOUT = "values.json"
_SPECIAL, _UNKNOWN = 2, 1
_SHORTEST_NAME = 2
# A facet with fewer values in the training texts is not learnt.
_LEAST_VALUES = 5


@dataclass(frozen=True)
class TypedValue:
    """A value of an attribute in a text, with its probability as the score; `new` if no product has its tag."""

    facet: str
    tag: str
    span: Span
    score: float
    new: bool


class ValueTagger:
    """Scores a tag by how probable it is that its name in the text is a value of its facet."""

    text_only: Literal[True] = True

    def __init__(
        self, vocabulary: Vocabulary, longest: int, new_tags: bool, network: dict[str, Any], course: dict[str, Any]
    ) -> None:
        self._vocabulary = vocabulary
        self._longest = longest
        self._new_tags = new_tags
        self._network = network
        self._course = course
        self._tags: list[str] = []
        self._facets: dict[str, str] = {}
        self._kinds: dict[str, int] = {}
        self._places: dict[str, int] = {}
        self._names: NamesInText = NormalNames((), _SHORTEST_NAME)
        self._graph: Graph | None = None

    def fit(self, products: Sequence[Product]) -> None:
        """Train on the names of the products' own tags in their texts; without any the tagger stays empty."""
        from tagger.neural.training import Course
        from tagger.neural.values.training import train_values

        self._tags = sorted({tag for product in products for tag in product.tags})
        self._facets = {tag: facet for tag in self._tags if (facet := self._vocabulary.facet(tag))}
        self._build()
        found = [self._names.find(product.text) for product in products]
        values = [
            [(self._facets.get(tag, ""), span) for tag, span in matches if tag in product.tags]
            for product, matches in zip(products, found, strict=True)
        ]
        counts = Counter(facet for of_one in values for facet, _ in of_one)
        self._kinds = {
            facet: place
            for place, facet in enumerate(
                sorted(facet for facet, count in counts.items() if count >= min(_LEAST_VALUES, len(products)))
            )
        }
        self._graph = None
        if not self._kinds:
            return
        texts = [tokens_of(product.text, self._longest) for product in products]
        words = Counter(token.word for tokens in texts for token in tokens)
        known = sorted(word for word, count in words.items() if count >= min(2, len(products)))
        self._places = {word: place for place, word in enumerate(known, _SPECIAL)}
        rows = [self._row(tokens, matches) for tokens, matches in zip(texts, found, strict=True)]
        labels = [
            label_tokens(tokens, [each for each in of_one if each[0] in self._kinds], self._kinds)
            for tokens, of_one in zip(texts, values, strict=True)
        ]
        usable = [place for place, tokens in enumerate(texts) if tokens]
        kept = [[place for place in part if texts[place]] for part in keep_out(products)]
        course = Course(**self._course)
        if usable and kept[0]:
            size = len(self._places) + _SPECIAL
            self._graph = Graph(train_values(rows, labels, size, self._network, course, (kept[0], kept[1])))

    def _build(self) -> None:
        self._names = NormalNames(current_names(self._tags, self._vocabulary), _SHORTEST_NAME)

    def _row(
        self, tokens: Sequence[Token], matches: Sequence[tuple[str, Span]]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Return the numbers of the tokens, and where known values of each kind begin and go on."""
        hints = np.zeros((len(tokens), 2 * len(self._kinds)), np.float32)
        for tag, span in matches:
            kind = self._kinds.get(self._facets.get(tag, ""))
            places = tokens_within(tokens, span)
            if kind is not None and len(places):
                hints[places[0], 2 * kind] = 1
                hints[places[1:], 2 * kind + 1] = 1
        return np.array([self._places.get(token.word, _UNKNOWN) for token in tokens], np.int64), hints

    def values(self, product: Product) -> list[TypedValue]:
        """Return the values in a product's text, the most probable first; a known name may be several tags' one."""
        tokens = tokens_of(product.text, self._longest)
        if self._graph is None or not tokens:
            return []
        matches = self._names.find(product.text)
        words, hints = self._row(tokens, matches)
        [logits] = self._graph.run(words=words[None], hints=hints[None])
        shares = _softmax(logits[0])
        known = [
            TypedValue(facet, tag, span, _likely(shares[places], kind), new=False)
            for tag, span in matches
            for facet in [self._facets.get(tag, "")]
            if (kind := self._kinds.get(facet)) is not None and len(places := tokens_within(tokens, span))
        ]
        found = [*known, *(self._new_values(product.text, tokens, shares, known) if self._new_tags else ())]
        return sorted(found, key=lambda each: (-each.score, each.span.start, each.tag))

    def _new_values(
        self, text: str, tokens: Sequence[Token], shares: npt.NDArray[np.float32], known: Sequence[TypedValue]
    ) -> list[TypedValue]:
        facets = {place: facet for facet, place in self._kinds.items()}
        found = []
        for kind, places in marked_values(shares.argmax(axis=1).tolist()):
            start, end = tokens[places[0]].start, tokens[places[-1]].end
            if any(start < each.span.end and each.span.start < end for each in known):
                continue
            span = Span(start, end, text[start:end])
            tag = self._named(facets[kind], fold(span.text))
            if tag.strip() and tag not in self._tags:
                found.append(TypedValue(facets[kind], tag, span, _likely(shares[places], kind), new=True))
        return found

    def _named(self, facet: str, value: str) -> str:
        """Name a new tag as the facet's others are named: with the facet, or without."""
        with_facet = any(Attribute.of(tag, facet) for tag, own in self._facets.items() if own == facet)
        return Attribute(facet, value).tag if with_facet else value

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the tags of the values in each text, the most probable first."""
        rankings = []
        for product in products:
            scores: dict[str, float] = {}
            for value in self.values(product):
                scores[value.tag] = max(value.score, scores.get(value.tag, 0.0))
            rankings.append(ranked(scores, limit))
        return rankings

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return where the value of each tag is in the text."""
        return [
            spans_as_evidence([(value.tag, value.span) for value in self.values(product)], wanted) if wanted else {}
            for product, wanted in zip(products, tags, strict=True)
        ]

    def follow(self, vocabulary: Vocabulary) -> None:
        """Look for the current names of the tags from now on."""
        self._vocabulary = vocabulary
        self._build()

    def save(self, folder: Path) -> None:
        """Write the tags with their facets, the words and the network."""
        about = {
            "tags": self._tags,
            "facets": self._facets,
            "kinds": list(self._kinds),
            "words": list(self._places),
        }
        (folder / _ABOUT).write_text(json.dumps(about, ensure_ascii=False), "utf-8")
        if self._graph:
            self._graph.save(folder / _GRAPH)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        self._tags, self._facets = about["tags"], about["facets"]
        self._kinds = {facet: place for place, facet in enumerate(about["kinds"])}
        self._places = {word: place for place, word in enumerate(about["words"], _SPECIAL)}
        self._build()
        self._graph = Graph.load(folder / _GRAPH) if (folder / _GRAPH).is_file() else None


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: npt.NDArray[np.float32] = shares / shares.sum(axis=1, keepdims=True)
    return found


def _likely(shares: npt.NDArray[np.float32], kind: int) -> float:
    """Return the mean probability that these tokens belong to a value of the kind."""
    return float((shares[:, 1 + 2 * kind] + shares[:, 2 + 2 * kind]).mean())


def create(
    resources: Resources,
    *,
    new_tags: bool = True,
    width: int = 96,
    hidden: int = 64,
    dropout: float = 0.3,
    epochs: int = 15,
    batch_size: int = 32,
    learning_rate: float = 5e-3,
    longest: int = 200,
) -> ValueTagger:
    """Create the tagger for the plugin registry."""
    check_minimum(1, width=width, hidden=hidden, epochs=epochs, batch_size=batch_size, longest=longest)
    check_above_zero(learning_rate=learning_rate)
    network = {"width": width, "hidden": hidden, "dropout": dropout}
    course = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "seed": resources.seed}
    return ValueTagger(resources.vocabulary, longest, new_tags, network, course)
