"""Tell products of the kinds that a store has apart from strangers, and from texts that say nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.messages import Message
from index.product import Product
from index.vectors.base import Matrix
from tagger.novelty.content import says_nothing
from tagger.novelty.features import FEATURES, UNSEEN, agreement, named_kind, of_similarities, unseen_share
from tagger.novelty.model import FamiliarityModel, Floats
from tagger.novelty.training import Trained, TrainingData, train
from tagger.novelty.word_counts import WordCounts, count_words, word_hashes
from tagger.results import KNOWN, Familiarity
from tagger.tagger_outputs import TaggerOutputs
from tagger.types import LabelledHit, Ranking
from tagger.vocabulary import Vocabulary

# What `save` writes: what was learnt, which also fits another store of the same products, and the words of this one.
LEARNT, WORDS = "novelty.json", "novelty.safetensors"
_NOTHING = Familiarity(known=False, reason=Message("known.no-content"), chance=0.0)
_LEAST_CHANCE = 1e-6


@dataclass(frozen=True)
class Sources:
    """The names of the taggers that find neighbours and names in the text; empty if the store has none."""

    neighbours: str
    names: str


class NoveltyDetector:
    """Judges whether a store knows products like one; without a model, only texts that say nothing are unknown."""

    def __init__(
        self, sources: Sources, kinds: Mapping[str, float], model: FamiliarityModel | None, words: WordCounts
    ) -> None:
        self._sources = sources
        self._kinds = dict(kinds)
        self._model = model
        self._words = words

    def judge(self, products: Sequence[Product], outputs: TaggerOutputs, vocabulary: Vocabulary) -> list[Familiarity]:
        """Judge each product by its words and by what the taggers found.

        All products with a text count as known where the tagger that finds neighbours was not asked.
        """
        nearest = outputs.nearest(self._sources.neighbours) if self._model else None
        named = outputs.rankings.get(self._sources.names, [[] for _ in products])
        if self._model is None or nearest is None or not all(nearest):
            found = [KNOWN] * len(products)
        else:
            found = self._familiarity(self._model, products, self._features(products, nearest, named))
        return [
            _NOTHING if says_nothing(product.text, lambda text: vocabulary.canonical(text) in vocabulary) else each
            for product, each in zip(products, found, strict=True)
        ]

    def _features(
        self, products: Sequence[Product], nearest: Sequence[Sequence[LabelledHit]], named: Sequence[Ranking]
    ) -> Floats:
        features = np.empty((len(products), len(FEATURES)))
        for row, (product, hits, ranking) in enumerate(zip(products, nearest, named, strict=True)):
            near, lead = of_similarities(np.array([[hit.similarity for hit in hits]]))
            unseen = unseen_share(self._words.of(word_hashes(product.text)))
            features[row] = (near[0], lead[0], unseen, named_kind(ranking, self._kinds), agreement(hits, self._kinds))
        return features

    def _familiarity(self, model: FamiliarityModel, products: Sequence[Product], features: Floats) -> list[Familiarity]:
        languages = [product.lang for product in products]
        chances, parts = model.chances(features, languages), model.parts(features, languages)
        return [
            KNOWN if chance >= model.least else Familiarity(False, _reason(part), max(float(relative), _LEAST_CHANCE))
            for chance, relative, part in zip(chances, model.relative(chances), parts, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Write what was learnt and the words; no pickle."""
        from safetensors.numpy import save_file

        learnt = {
            "features": FEATURES,
            "sources": vars(self._sources),
            "kinds": self._kinds,
            "model": self._model.as_dict() if self._model else None,
            "products": self._words.products,
        }
        (folder / LEARNT).write_text(json.dumps(learnt, ensure_ascii=False, indent=1), "utf-8")
        save_file({"hashes": self._words.hashes, "counts": self._words.counts}, folder / WORDS)


def _reason(parts: Floats) -> Message:
    """Return why a product is unknown: its words, if they say so most, or else its neighbours."""
    return Message("known.other-words") if np.argmin(parts) == UNSEEN else Message("known.none-like-it")


def load(folder: Path) -> NoveltyDetector | None:
    """Read what `save` wrote; None if the store was fitted before there was a detector, or with other features."""
    from safetensors.numpy import load_file

    if not (folder / WORDS).is_file():
        return None
    learnt = _read(folder / LEARNT)
    if learnt["features"] != list(FEATURES):
        return None
    words = load_file(folder / WORDS)
    model = FamiliarityModel.from_dict(learnt["model"]) if learnt["model"] else None
    counts = WordCounts(words["hashes"], words["counts"], learnt["products"])
    return NoveltyDetector(Sources(**learnt["sources"]), learnt["kinds"], model, counts)


def recognise_content(products: Sequence[Product]) -> NoveltyDetector:
    """Return a detector that only recognises texts that say nothing: there are too few labels to learn more."""
    return NoveltyDetector(Sources("", ""), {}, None, count_words([word_hashes(product.text) for product in products]))


def fit_detector(
    products: Sequence[Product],
    vectors: Matrix,
    named: Mapping[str, Ranking],
    sources: Sources,
    *,
    neighbours: int,
    seed: int = 0,
) -> NoveltyDetector:
    """Fit a detector on a store's labelled products with their vectors, float32 (products, dim).

    `named` has, for each product to learn from by id, what the tagger that finds names says without having seen it;
    `neighbours` is the number that the other tagger returns.
    """
    hashes = [word_hashes(product.text) for product in products]
    counts = count_words(hashes)
    learns = bool(sources.neighbours)
    trained = (
        train(TrainingData(products, vectors, hashes, counts, named, neighbours), seed=seed)
        if learns
        else Trained({}, None)
    )
    return NoveltyDetector(sources, trained.kinds, trained.model, counts)


def reuse(learnt: Path, products: Sequence[Product], folder: Path) -> None:
    """Write a detector from what another fit on the same products learnt; its words are counted again."""
    plain = _read(learnt / LEARNT)
    model = FamiliarityModel.from_dict(plain["model"]) if plain["model"] else None
    counts = count_words([word_hashes(product.text) for product in products])
    NoveltyDetector(Sources(**plain["sources"]), plain["kinds"], model, counts).save(folder)


def _read(path: Path) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return plain
