"""Learn from a catalogue's texts, without a label, how its tags are used.

A tag's names move towards the texts that they probably describe: one step of soft k-means from the names (Ren et al.,
ICLR 2018, has it for few labels). A text is compared together with the catalogue's texts near it: average query
expansion (Chum et al., ICCV 2007), with weights that fall smoothly, so that no near tie decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.vectors.base import Matrix, unit_rows

# A text belongs to the tags by a softmax of their similarity in spreads: a name in the text adds `_NAMED`, and the
# difference `_DECIDED` makes a tag e times as likely.
_NAMED = 2.0
_DECIDED = 0.25
# A tag with texts of this total weight moves half as far as one with very many.
_HALF_MOVED = 5.0
# A text of the catalogue counts e times as much as one whose similarity is lower by this many spreads.
_NEARER = 0.4
# With this many texts, those near a text count half as much as with very many.
_HALF_EXPANDED = 50.0
# Texts on which the spread of the similarity is measured.
_SAMPLE = 500

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CatalogueUsage:
    """The vectors of a catalogue's texts, (texts, width), and what is added to the names of each tag, (tags, width)."""

    texts: Matrix
    tags: Sequence[str] = ()
    moves: Matrix = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def move(self, names: Matrix, tags: Sequence[str]) -> Matrix:
        """Return the moved vectors of names, unit rows (names, width); `tags` has the tag of each name."""
        at = {tag: place for place, tag in enumerate(self.tags)}
        rows = [(row, at[tag]) for row, tag in enumerate(tags) if tag in at]
        moved = names.copy()
        moved[[row for row, _ in rows]] += self.moves[[place for _, place in rows]]
        return unit_rows(moved)

    def expand(self, vectors: Matrix) -> Matrix:
        """Return vectors of texts, unit rows (n, width), each with the mean of the catalogue's texts near it added."""
        logits = vectors @ self.texts.T / (_NEARER * self._spread)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        weights *= len(self.texts) / (len(self.texts) + _HALF_EXPANDED) / weights.sum(axis=1, keepdims=True)
        return unit_rows(np.asarray(vectors + weights @ self.texts, np.float32))

    @cached_property
    def _spread(self) -> float:
        """The standard deviation of the similarity of two texts."""
        return float((self.texts[:_SAMPLE] @ self.texts[:_SAMPLE].T).std()) or 1.0


def learn_usage(
    texts: Matrix, tags: Sequence[str], similarity: Iterable[Floats], named: Iterable[npt.NDArray[np.bool_]]
) -> CatalogueUsage:
    """Learn from the vectors of texts, (texts, width).

    `similarity` and `named` come in parts of consecutive texts, (texts of the part, tags) each: how similar each text
    is to each tag, in spreads, and whether it names the tag.
    """
    weight = np.zeros(len(tags))
    sums = np.zeros((len(tags), texts.shape[1]))
    start = 0
    for scaled, stands in zip(similarity, named, strict=True):
        logits = (scaled + _NAMED * stands) / _DECIDED
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        weight += shares.sum(axis=0)
        sums += shares.T @ texts[start : start + len(scaled)]
        start += len(scaled)
    means = sums / np.maximum(weight, np.finfo(np.float64).tiny)[:, None]
    moves = (weight / (weight + _HALF_MOVED))[:, None] * (means - texts.mean(axis=0))
    return CatalogueUsage(texts, list(tags), moves.astype(np.float16).astype(np.float32))
