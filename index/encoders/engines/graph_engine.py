"""Compute vectors on a CPU: look up the embeddings of a text's pieces, run the graph, normalise."""

import threading
from collections.abc import Sequence

import numpy as np

from index.batching import batched
from index.encoders.engines.architecture import Architecture, Tensors
from index.encoders.engines.base import Arithmetic
from index.encoders.engines.runtimes import Runtime
from index.encoders.engines.tokenization import PieceTokenizer
from index.vectors.base import Matrix, unit_rows

# Texts are padded to a multiple of this many pieces, which the row blocks of all matrix kernels divide.
STEP = 16


class GraphEngine:
    """A BERT encoder in OpenVINO or ONNX Runtime; the table of word embeddings is mapped, not loaded."""

    def __init__(
        self,
        name: str,
        architecture: Architecture,
        tensors: Tensors,
        tokenizer: PieceTokenizer,
        runtime: Runtime,
        *,
        batch_size: int,
        max_tokens: int,
    ) -> None:
        self.name = name
        self.dim = architecture.hidden
        self._lower_case = architecture.lower_case
        self._tokenizer = tokenizer
        self._runtime = runtime
        self._lock = threading.Lock()
        self._batch_size = batch_size
        self._longest = longest(max_tokens, architecture.longest)
        self._words = tensors.words()
        positions = tensors["embeddings.position_embeddings.weight"][architecture.first_position :]
        # Every piece has the first token type.
        self._positions: Matrix = positions + tensors["embeddings.token_type_embeddings.weight"][0]

    @property
    def arithmetic(self) -> Arithmetic:
        """Return the number format of the matrix products."""
        return self._runtime.arithmetic

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given; a row never depends on the other texts."""
        cased = [text.lower() for text in texts] if self._lower_case else texts
        pieces = self._tokenizer.pieces(cased, self._longest)
        vectors = np.empty((len(texts), self.dim), np.float32)
        for length, places in by_padded_length([len(each) for each in pieces]).items():
            for batch in batched(places, self._batch_size):
                inputs = self._padded([pieces[place] for place in batch], length)
                with self._lock:
                    vectors[batch] = self._runtime.run(*inputs)
        return unit_rows(vectors)

    def _padded(self, pieces: Sequence[Sequence[int]], length: int) -> tuple[Matrix, Matrix]:
        """Return embeddings, (n, length, dim), and the mask of pieces, (n, length)."""
        embeddings = np.zeros((len(pieces), length, self.dim), np.float32)
        mask = np.zeros((len(pieces), length), np.float32)
        for row, numbers in enumerate(pieces):
            count = len(numbers)
            embeddings[row, :count] = self._words[numbers]
            embeddings[row, :count] += self._positions[:count]
            mask[row, :count] = 1
        return embeddings, mask


def longest(max_tokens: int, of_model: int) -> int:
    """Return the largest number of pieces, a multiple of `STEP`."""
    return max(STEP, min(max_tokens, of_model) // STEP * STEP)


def by_padded_length(counts: Sequence[int]) -> dict[int, list[int]]:
    """Group the texts' positions by padded length, shortest first.

    Padded among longer texts, a text would get other rounding errors than alone. They are small, but the ranker's trees
    have steps, so a tag's probability could depend on the rest of the batch.
    """
    groups: dict[int, list[int]] = {}
    for place, count in sorted(enumerate(counts), key=lambda each: each[1]):
        groups.setdefault(-(-count // STEP) * STEP, []).append(place)
    return groups
