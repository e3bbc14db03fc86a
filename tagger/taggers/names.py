"""Suggest tags whose names fit the text, by meaning and by spelling; no product needs to have them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from index.encoders.base import Encoder
from index.product import Product
from index.vectors.base import Matrix
from tagger.plugins import Resources
from tagger.tag_names.catalogue_usage import CatalogueUsage
from tagger.tag_names.name_comparison import Compared, NameComparison
from tagger.tag_names.name_model import PACKAGED, Floats, NameModel, load_model
from tagger.tag_names.names_in_text import current_names, spans_as_evidence
from tagger.tag_names.pair_features import Scale
from tagger.types import Evidence, Ranking, ranked
from tagger.vocabulary import Vocabulary

_LEARNT, _VECTORS = "names.json", "names.safetensors"
# Texts on which the scale of the features is measured.
_SAMPLE = 500


class NamesTagger:
    """Scores a tag by the probability that it is right, from its names and the text alone.

    A packaged model was trained for this on other catalogues (`finetune.products`). It sees how similar in meaning the
    text and the tag's nearest name are, compared with other tags, and whether the text has a name of the tag. `texts`
    of the catalogue, labelled or not, show how its tags are used.
    """

    label_free: Literal[True] = True

    def __init__(
        self, encoder: Encoder, vocabulary: Vocabulary, model: NameModel, texts: Sequence[str] = (), *, seed: int
    ) -> None:
        self._encoder = encoder
        self._vocabulary = vocabulary
        self._model = model
        self._texts = texts
        self._seed = seed
        self._tags: list[str] = []
        self._usage: CatalogueUsage | None = None
        self._scale = Scale(1.0, 0.0, model.named)

    def fit(self, products: Sequence[Product]) -> None:
        """Take the vocabulary's tags and those of the products, and learn from texts of the catalogue."""
        own = {tag for product in products for tag in product.tags}
        self._tags = list(dict.fromkeys([*self._vocabulary.tags, *sorted(own)]))
        self._usage = None
        self._build({})
        texts = self._texts or [product.text for product in products]
        if learnt := self._names.learn(texts):
            self._usage = learnt
            self._names.adopt(learnt)
        # Without products, the names stand for their texts.
        texts = texts or self._names.names
        chosen = np.random.default_rng(self._seed).permutation(len(texts))[:_SAMPLE]
        self._scale = self._names.scale([texts[place] for place in sorted(chosen)])

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the tags whose names fit best, by probability."""
        return self.analyze(products).rankings(limit)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the places in the text that name each tag; positions are offsets into `Product.text`."""
        return self.analyze(products).evidence(tags)

    def analyze(self, products: Sequence[Product]) -> "NameMatches":
        """Compare the texts with all names once, for both `rankings` and `evidence`."""
        compared = self._names.compare([product.text for product in products], self._scale)
        return NameMatches(compared, self._model.weights)

    def follow(self, vocabulary: Vocabulary) -> None:
        """Compare with the names of another vocabulary from now on; only new names are embedded."""
        self._vocabulary = vocabulary
        self._build(dict(zip(self._names.names, self._names.own_vectors, strict=True)))

    def _build(self, known: Mapping[str, Matrix]) -> None:
        names = current_names(self._tags, self._vocabulary)
        self._names = NameComparison(names, self._encoder, self._model, known, self._usage)

    def save(self, folder: Path) -> None:
        """Write the tags, the vectors of their names and of the catalogue's texts, and the scale."""
        from safetensors.numpy import save_file

        scale = self._scale
        learnt: dict[str, Any] = {
            "tags": self._tags,
            "names": self._names.names,
            "spread": scale.spread,
            "usual": scale.usual,
        }
        tensors = {"names": self._names.own_vectors}
        if self._usage:
            tensors |= {"texts": self._usage.texts, "moves": self._usage.moves}
            learnt["used"] = list(self._usage.tags)
        (folder / _LEARNT).write_text(json.dumps(learnt, ensure_ascii=False), "utf-8")
        save_file({name: tensor.astype(np.float16) for name, tensor in tensors.items()}, folder / _VECTORS)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        from safetensors.numpy import load_file

        learnt = json.loads((folder / _LEARNT).read_text("utf-8"))
        self._tags = learnt["tags"]
        # An earlier version had no use for the number of names in a text.
        self._scale = Scale(learnt["spread"], learnt.get("usual", 0.0), self._model.named)
        tensors = {name: tensor.astype(np.float32) for name, tensor in load_file(folder / _VECTORS).items()}
        # Nor did it learn from the catalogue's texts.
        used = "used" in learnt
        self._usage = CatalogueUsage(tensors["texts"], learnt["used"], tensors["moves"]) if used else None
        self._build(dict(zip(learnt["names"], tensors["names"], strict=True)))


@dataclass(frozen=True)
class NameMatches:
    """What was found out about several texts; `weights` are those of `NameModel`."""

    compared: Sequence[Compared]
    weights: Floats

    def rankings(self, limit: int) -> list[Ranking]:
        """Return the most probable tags of each text."""
        return [ranked(each.probabilities(self.weights), limit) for each in self.compared]

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the places in each text that name the given tags."""
        return [spans_as_evidence(each.spans, set(wanted)) for each, wanted in zip(self.compared, tags, strict=True)]


def create(resources: Resources, *, model: str = "") -> NamesTagger:
    """Create the tagger for the plugin registry; `model` is the folder of another model than the packaged one."""
    folder = Path(model) if model else PACKAGED
    trained = load_model(folder, resources.encoder.name)
    return NamesTagger(resources.encoder, resources.vocabulary, trained, resources.texts, seed=resources.seed)
