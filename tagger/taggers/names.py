"""Suggest tags whose names fit the text, by meaning and by spelling; no product needs to have them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from index.encoders.base import Encoder
from index.product import Product
from index.vectors.base import Matrix
from tagger.plugins import Resources
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
    text and the tag's nearest name are, compared with other tags, and whether the text has a name of the tag.
    """

    label_free: Literal[True] = True

    def __init__(self, encoder: Encoder, vocabulary: Vocabulary, model: NameModel, *, seed: int) -> None:
        self._encoder = encoder
        self._vocabulary = vocabulary
        self._model = model
        self._seed = seed
        self._tags: list[str] = []
        self._scale = Scale(1.0, 0.0, model.named)

    def fit(self, products: Sequence[Product]) -> None:
        """Take the vocabulary's tags and those of the products, and measure the scale on the products' texts."""
        own = {tag for product in products for tag in product.tags}
        self._tags = list(dict.fromkeys([*self._vocabulary.tags, *sorted(own)]))
        self._build({})
        # Without products, the names stand for their texts.
        texts = [product.text for product in products] or self._names.names
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
        self._names = NameComparison(names, self._encoder, self._model, known)

    def save(self, folder: Path) -> None:
        """Write the tags, the vectors of their names and the scale."""
        from safetensors.numpy import save_file

        scale = self._scale
        learnt = {"tags": self._tags, "names": self._names.names, "spread": scale.spread, "usual": scale.usual}
        (folder / _LEARNT).write_text(json.dumps(learnt, ensure_ascii=False), "utf-8")
        save_file({"names": self._names.own_vectors.astype(np.float16)}, folder / _VECTORS)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        from safetensors.numpy import load_file

        learnt = json.loads((folder / _LEARNT).read_text("utf-8"))
        self._tags = learnt["tags"]
        # An earlier version had no use for the number of names in a text.
        self._scale = Scale(learnt["spread"], learnt.get("usual", 0.0), self._model.named)
        self._build(dict(zip(learnt["names"], load_file(folder / _VECTORS)["names"], strict=True)))


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
    return NamesTagger(resources.encoder, resources.vocabulary, trained, seed=resources.seed)
