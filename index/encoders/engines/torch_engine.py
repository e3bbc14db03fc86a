"""Compute vectors with sentence-transformers on torch: on a GPU, and as the reference for the other engines."""

import os
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from index.batching import batched
from index.encoders.engines.base import Arithmetic
from index.encoders.engines.graph_engine import STEP, by_padded_length, longest
from index.encoders.weights import Weights
from index.errors import StaleArtifact
from index.libraries.zero_gpu import is_lent
from index.vectors.base import Matrix, unit_rows


class TorchEngine:
    """A sentence-transformer. Raises `StaleArtifact` if its files cannot be loaded."""

    name = "torch"
    arithmetic: Arithmetic = "float32"

    def __init__(self, found: Weights, *, device: str, batch_size: int, max_tokens: int) -> None:
        self._model = _load(found, device)
        self._batch_size = batch_size
        self._lock = threading.Lock()
        self._model.max_seq_length = longest(max_tokens, self._model.max_seq_length or max_tokens)
        self._model.eval().requires_grad_(False)
        self.dim = int(self._model.get_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given.

        On one thread, a text has the same row in any batch, bit for bit; on several threads, within 1e-6 on some
        processors.
        """
        vectors = np.empty((len(texts), self.dim), np.float32)
        with self._lock:
            for places in by_padded_length(self._counts(texts)).values():
                for batch in batched(places, self._batch_size):
                    vectors[batch] = self._rows([texts[place] for place in batch])
        return vectors

    def _counts(self, texts: Sequence[str]) -> list[int]:
        cut = self._model.tokenizer(
            list(texts), truncation=True, max_length=self._model.max_seq_length, return_length=True
        )
        counts: list[int] = cut["length"]
        return counts

    def _rows(self, texts: list[str]) -> Matrix:
        """Embed texts of one padded length.

        `model.encode` does the same, but checks the mode and the device of every module in each call, which takes a
        tenth of the time for one text.
        """
        from sentence_transformers.util import batch_to_device

        features = self._model.preprocess(texts, processing_kwargs={"text": {"pad_to_multiple_of": STEP}})
        rows = self._model(batch_to_device(features, self._model.device))["sentence_embedding"]
        return unit_rows(np.asarray(rows.cpu(), np.float32))


def has_gpu() -> bool:
    """Tell whether torch finds a GPU that it can compute on."""
    import torch

    return torch.cuda.is_available()


def _load(found: Weights, device: str) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    # The loading report would interleave with our own lines.
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        return SentenceTransformer(
            str(found.folder),
            # Acquiring a lent GPU takes seconds; one text is faster on the CPU.
            device=device or ("cpu" if is_lent() else None),
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:
        raise StaleArtifact("weights.cannot-load", name=found.name, folder=found.folder, reason=error) from error
