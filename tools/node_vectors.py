"""Compute the vectors of the packaged taxonomy's nodes with the default encoder: python -m tools.node_vectors.

It takes ten minutes on two cores, and is needed only after the taxonomy or the encoder has changed.
"""

from collections.abc import Callable, Sequence

import numpy as np

from index.encoders.sentence_encoder import create
from index.encoders.weights import WeightsSettings
from index.vectors.base import Matrix
from tagger.taggers.tree.node_vectors import write_vectors
from tagger.vocabulary.formats.packaged import read_packaged
from tagger.vocabulary.paths import path_of

Embed = Callable[[Sequence[str]], Matrix]


def paths() -> list[tuple[str, ...]]:
    """Return the path of each node of the packaged taxonomy, one text per language."""
    vocabulary = read_packaged("shopify").vocabulary
    tags = sorted(vocabulary.categories)
    return [tuple(" > ".join(path) for _, path in sorted(path_of(vocabulary, tag).items())) for tag in tags]


def node_vectors(paths: Sequence[Sequence[str]], embed: Embed) -> Matrix:
    """Return the mean of the vectors of each node's paths."""
    by_language = [embed(texts) for texts in zip(*paths, strict=True)]
    mean: Matrix = np.mean(by_language, axis=0, dtype=np.float32)
    return mean


if __name__ == "__main__":
    # The packaged copy of the encoder's weights, which every machine has.
    encoder = create(WeightsSettings(full=False))
    found = paths()
    write_vectors(found, node_vectors(found, encoder.encode), encoder.name)
