"""Compare texts with the names of all tags, by meaning and by spelling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import numpy.typing as npt

from index.encoders.base import Encoder
from index.text.stop_words import STOP_WORDS
from index.text.tokens import words
from index.vectors.base import Matrix
from tagger.gbdt import sigmoid
from tagger.tag_names.catalogue_usage import CatalogueUsage, learn_usage
from tagger.tag_names.name_model import Floats, NameModel
from tagger.tag_names.names_in_text import NormalNames
from tagger.tag_names.pair_features import Scale, pair_features
from tagger.types import Span
from tagger.vocabulary import fold

# Tags by similarity that are looked at, beside those that the text names.
_NEAREST = 60
_LEAST_CHARACTERS = 2
# Texts that are compared with all tags at once, to bound the memory.
_AT_ONCE = 500


@dataclass(frozen=True)
class Compared:
    """The tags that may fit a text with their features, (tags, columns), and the names in it as (tag, span)."""

    tags: Sequence[str]
    features: Floats
    spans: Sequence[tuple[str, Span]]

    def probabilities(self, weights: Floats) -> dict[str, float]:
        """Return the probability of each tag; `weights` are those of `NameModel`."""
        scores = sigmoid(self.features[:, : len(weights) - 1] @ weights[:-1] + weights[-1])
        return dict(zip(self.tags, scores.tolist(), strict=True))


class NameComparison:
    """The names of a vocabulary, prepared to be compared with texts.

    `names` are pairs of a name and its tag; a tag may have several. Vectors in `known`, by name, are not computed.
    `usage` is what `learn` returned for the same tags. A name of function words alone, such as a brand called And, is
    not looked for in texts.
    """

    def __init__(
        self,
        names: Sequence[tuple[str, str]],
        encoder: Encoder,
        model: NameModel,
        known: Mapping[str, Matrix] | None = None,
        usage: CatalogueUsage | None = None,
    ) -> None:
        by_tag: dict[str, list[str]] = {}
        for name, tag in names:
            by_tag.setdefault(tag, []).append(name)
        self.tags = list(by_tag)
        self.names = [name for of_tag in by_tag.values() for name in of_tag]
        self.own_vectors = _encode(self.names, encoder, known or {})
        self._encoder = encoder
        self._model = model
        self._number = {tag: place for place, tag in enumerate(self.tags)}
        self._starts = np.cumsum([0, *map(len, by_tag.values())])[:-1]
        self._in_text = NormalNames([each for each in names if not _is_empty(each[0])], _LEAST_CHARACTERS)
        self._owners = [tag for tag, of_tag in by_tag.items() for _ in of_tag]
        self._usage: CatalogueUsage | None = None
        self._vectors = model.of_names(self.own_vectors)
        if usage:
            self.adopt(usage)

    def adopt(self, usage: CatalogueUsage) -> None:
        """Move the names, and expand texts from now on, as `learn` found out; call it once."""
        self._usage = usage
        self._vectors = usage.move(self._vectors, self._owners)

    def learn(self, texts: Sequence[str]) -> CatalogueUsage | None:
        """Learn from texts of the catalogue how its tags are used; None without texts or tags."""
        if not self.tags or not texts:
            return None
        # They are saved like this.
        vectors = self._model.of_texts(self._encoder.encode(texts)).astype(np.float16).astype(np.float32)
        spread = float(self._to_tags(vectors[:_AT_ONCE]).std()) or 1.0
        parts = [slice(start, start + _AT_ONCE) for start in range(0, len(texts), _AT_ONCE)]
        similarity = (self._to_tags(vectors[part]) / spread for part in parts)
        return learn_usage(vectors, self.tags, similarity, (self._naming(texts[part]) for part in parts))

    def _naming(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return whether each text names each tag, (texts, tags)."""
        named = np.zeros((len(texts), len(self.tags)), np.bool_)
        for row, text in enumerate(texts):
            named[row, [self._number[tag] for tag, _ in self._in_text.find(text)]] = True
        return named

    def similarity(self, texts: Sequence[str]) -> Floats:
        """Return how similar each text is to the nearest name of each tag, (texts, tags)."""
        if not self.tags or not texts:
            return np.zeros((len(texts), len(self.tags)))
        vectors = self._model.of_texts(self._encoder.encode(texts))
        return self._to_tags(self._usage.expand(vectors) if self._usage else vectors)

    def _to_tags(self, vectors: Matrix) -> Floats:
        return np.maximum.reduceat(vectors @ self._vectors.T, self._starts, axis=1).astype(np.float64)

    def scale(self, texts: Sequence[str]) -> Scale:
        """Return what the features are measured in, from texts of the catalogue."""
        similarity = self.similarity(texts)
        named = [len({tag for tag, _ in self._in_text.find(text)}) for text in texts]
        spread = float(similarity.std()) or 1.0 if similarity.size else 1.0
        return Scale(spread, fmean(named) if named else 0.0, self._model.named)

    def compare(self, texts: Sequence[str], scale: Scale) -> list[Compared]:
        """Return, for each text, the tags that may fit."""
        similarity = self.similarity(texts)
        return [self._compare(of_text, text, scale) for of_text, text in zip(similarity, texts, strict=True)]

    def _compare(self, similarity: Floats, text: str, scale: Scale) -> Compared:
        spans = self._in_text.find(text)
        in_text = {self._number[tag] for tag, _ in spans}
        places = sorted({*_largest(similarity, _NEAREST), *in_text})
        named = np.array([place in in_text for place in places], bool)
        features = pair_features(similarity[places], named, scale)
        return Compared([self.tags[place] for place in places], features, spans)


def _is_empty(name: str) -> bool:
    found = words(fold(name))
    return bool(found) and STOP_WORDS.issuperset(found)


def _largest(values: Floats, count: int) -> list[int]:
    if len(values) <= count:
        return list(range(len(values)))
    found: list[int] = np.argpartition(-values, count)[:count].tolist()
    return found


def _encode(names: Sequence[str], encoder: Encoder, known: Mapping[str, Matrix]) -> Matrix:
    if not names:
        return np.zeros((0, encoder.dim), np.float32)
    fresh = [name for name in dict.fromkeys(names) if name not in known]
    vectors = {**known, **dict(zip(fresh, encoder.encode(fresh), strict=True))}
    # They are saved like this, and must be the same before and after.
    return np.stack([vectors[name] for name in names]).astype(np.float16).astype(np.float32)
