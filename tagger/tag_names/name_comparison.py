"""Compare texts with the names of all tags, by meaning and by spelling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from index.encoders.base import Encoder
from index.vectors.base import Matrix
from tagger.gbdt import sigmoid
from tagger.tag_names.name_model import Floats, NameModel
from tagger.tag_names.names_in_text import NormalNames
from tagger.tag_names.pair_features import Scale, pair_features
from tagger.types import Span

# Tags by similarity that are looked at, beside those that the text names.
_NEAREST = 60
_LEAST_CHARACTERS = 2


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
    """

    def __init__(
        self,
        names: Sequence[tuple[str, str]],
        encoder: Encoder,
        model: NameModel,
        known: Mapping[str, Matrix] | None = None,
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
        self._in_text = NormalNames(names, _LEAST_CHARACTERS)
        self._vectors = model.of_names(self.own_vectors)

    def similarity(self, texts: Sequence[str]) -> Floats:
        """Return how similar each text is to the nearest name of each tag, (texts, tags)."""
        if not self.tags or not texts:
            return np.zeros((len(texts), len(self.tags)))
        of_names = self._model.of_texts(self._encoder.encode(texts)) @ self._vectors.T
        return np.maximum.reduceat(of_names, self._starts, axis=1).astype(np.float64)

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
