"""Turn texts into unit vectors; the only module that knows sentence-transformers."""

import os
import threading
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from index import weights
from index.errors import BadSetting, StaleArtifact
from index.vectors import Matrix

# Symmetric comparison asks for the same prefix on both sides (model card of multilingual-e5).
_PREFIXES = {weights.E5: "query: "}


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Name the model and its very weights: vectors under one name can be compared."""

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given."""


class SentenceEncoder:
    """A sentence-transformer, loaded on first use; safe to call from several threads."""

    def __init__(
        self, found: weights.Weights, *, prefix: str = "", batch_size: int = 32, max_tokens: int = 256, device: str = ""
    ) -> None:
        self._weights = found
        self._prefix = prefix
        self._batch_size = batch_size
        self._max_tokens = max_tokens
        self._device = device
        self._lock = threading.Lock()
        self._model: Any = None
        self.name = f"{found.name}@{found.fingerprint()}/{max_tokens}"

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""
        return int(self._loaded().get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        model = self._loaded()
        with self._lock:
            vectors = model.encode(
                [self._prefix + text for text in texts],
                batch_size=self._batch_size,
                show_progress_bar=False,
                normalize_embeddings=True,
            )
        return np.asarray(vectors, np.float32).reshape(len(texts), -1)

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = _load(self._weights, self._device)
                self._model.max_seq_length = min(self._max_tokens, self._model.max_seq_length or self._max_tokens)
            return self._model


def _load(found: weights.Weights, device: str) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    # Its loading report would stand between our own lines.
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        return SentenceTransformer(
            str(found.folder),
            device=device or None,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:
        raise StaleArtifact(f"the weights of {found.name} in {found.folder} cannot be loaded: {error}") from error


def create(
    settings: weights.WeightsSettings,
    *,
    model: str = weights.E5,
    prefix: str | None = None,
    batch_size: int = 32,
    max_tokens: int = 256,
    device: str = "",
) -> SentenceEncoder:
    """Make the encoder for the plugin door; `prefix` defaults to what the model asks for."""
    if batch_size < 1 or max_tokens < 8:
        raise BadSetting("batch_size must be at least 1 and max_tokens at least 8")
    found = weights.find(model, settings)
    prefix = _PREFIXES.get(model, "") if prefix is None else prefix
    return SentenceEncoder(found, prefix=prefix, batch_size=batch_size, max_tokens=max_tokens, device=device)
