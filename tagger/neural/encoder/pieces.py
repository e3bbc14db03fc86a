"""Texts as a BERT encoder's first states: the pieces of its vocabulary, looked up outside of the graph.

The table of 250,000 pieces stays in the base model's file, mapped: a graph of its own would be four times as large.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.encoders.engines.architecture import Tensors, read_architecture
from index.encoders.engines.tokenization import load_tokenizer
from index.encoders.sentence_encoder import PREFIXES
from index.encoders.weights import WeightsSettings, find
from index.errors import BadSetting

Floats = npt.NDArray[np.float32]


class PieceTable:
    """A base model's tokenizer and embeddings. Raises `BadSetting` if the model is no BERT encoder."""

    def __init__(self, model: str, settings: WeightsSettings, longest: int) -> None:
        self.weights = find(model, settings)
        architecture = read_architecture(self.weights.folder)
        if architecture is None:
            raise BadSetting("encoder.engine", engine="transformer", model=model)
        tensors = Tensors(self.weights.folder, architecture)
        self.hidden, self.layers = architecture.hidden, architecture.layers
        self._lower_case = architecture.lower_case
        self._prefix = PREFIXES.get(model, "")
        self._longest = min(longest, architecture.longest)
        self._words = tensors.words()
        positions = tensors["embeddings.position_embeddings.weight"][architecture.first_position :]
        # Every piece has the first token type.
        self._positions = positions + tensors["embeddings.token_type_embeddings.weight"][0]
        self._tokenizer = load_tokenizer(self.weights.folder, self.weights.folder)

    def pieces(self, texts: Sequence[str]) -> list[npt.NDArray[np.int64]]:
        """Return the numbers of each text's pieces."""
        whole = [self._prefix + text.strip() for text in texts]
        cased = [text.lower() for text in whole] if self._lower_case else whole
        return [np.array(each, np.int64) for each in self._tokenizer.pieces(cased, self._longest)]

    def embeddings(self, pieces: Sequence[npt.NDArray[np.int64]]) -> Floats:
        """Return the embeddings of texts, (texts, longest, hidden), with zeros after the end of a shorter one."""
        found = np.zeros((len(pieces), max(map(len, pieces)), self.hidden), np.float32)
        for row, numbers in zip(found, pieces, strict=True):
            row[: len(numbers)] = self._words[numbers]
            row[: len(numbers)] += self._positions[: len(numbers)]
        return found
