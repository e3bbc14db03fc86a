"""Turn texts into unit vectors with sentence-transformers; the only module that imports it."""

import os
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from index.batching import batched
from index.encoders import weights
from index.errors import BadSetting, StaleArtifact
from index.vectors.base import Matrix
from index.zero_gpu import is_lent

# Texts are padded to a multiple of this many tokens, which the row blocks of all matrix kernels divide.
_STEP = 16
# The smallest norm to divide by, as in torch's `normalize`.
_SHORTEST = 1e-12
# For symmetric comparison, both sides take the same prefix (model card of multilingual-e5).
_PREFIXES = {weights.E5: "query: "}


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
        other = f"/{prefix}" if prefix != _PREFIXES.get(found.name, "") else ""
        self.name = f"{found.name}@{found.fingerprint()}/{max_tokens}{other}"

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""
        return int(self._load_model().get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        model = self._load_model()
        prefixed = [self._prefix + text for text in texts]
        with self._lock:
            parts = _by_length(model, prefixed)
            found = [self._encode_texts(model, [prefixed[place] for place in part]) for part in parts]
        vectors = np.empty((len(texts), found[0].shape[1]), np.float32)
        for part, of_part in zip(parts, found, strict=True):
            vectors[part] = of_part
        return vectors

    def _encode_texts(self, model: Any, texts: list[str]) -> Matrix:
        return np.concatenate([_embed(model, batch) for batch in batched(texts, self._batch_size)])

    def _load_model(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = _load(self._weights, self._device)
                most = min(self._max_tokens, self._model.max_seq_length or self._max_tokens)
                self._model.max_seq_length = max(_STEP, most // _STEP * _STEP)
                self._model.eval().requires_grad_(False)
            return self._model


def _embed(model: Any, texts: Sequence[str]) -> Matrix:
    """Embed texts of one padded length as unit rows.

    `model.encode` does the same, but checks the mode and the device of every module in each call, which takes a tenth
    of the time for one text.
    """
    from sentence_transformers.util import batch_to_device

    features = model.preprocess(list(texts), processing_kwargs={"text": {"pad_to_multiple_of": _STEP}})
    vectors = model(batch_to_device(features, model.device))["sentence_embedding"]
    lengths = vectors.norm(p=2, dim=1, keepdim=True).clamp_min(_SHORTEST)
    return np.asarray((vectors / lengths).cpu(), np.float32)


def _by_length(model: Any, texts: Sequence[str]) -> list[list[int]]:
    """Group the texts' positions by padded length.

    Padded among longer texts, a text would get other rounding errors than alone. They are as small as 1e-7, but the
    ranker's trees have steps, so a tag's probability could depend on the rest of the batch. On one thread, rows of one
    padded length come out bit for bit equal, however many there are; on several threads, within 1e-6 on some
    processors.
    """
    parts: dict[int, list[int]] = {}
    counts = model.tokenizer(list(texts), truncation=True, max_length=model.max_seq_length, return_length=True)[
        "length"
    ]
    for place, count in enumerate(counts):
        parts.setdefault(-(-count // _STEP), []).append(place)
    return list(parts.values())


def _load(found: weights.Weights, device: str) -> Any:
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


def create(
    settings: weights.WeightsSettings,
    *,
    model: str = weights.E5,
    prefix: str | None = None,
    batch_size: int = 32,
    max_tokens: int = 256,
    device: str = "",
) -> SentenceEncoder:
    """Make the encoder for the plugin registry; `prefix` defaults to what the model requires.

    Raises `BadSetting` if a size is out of range, `MissingArtifact` if there are no weights.
    """
    if batch_size < 1 or max_tokens < _STEP or max_tokens % _STEP:
        raise BadSetting("encoder.settings", step=_STEP)
    found = weights.find(model, settings)
    prefix = _PREFIXES.get(model, "") if prefix is None else prefix
    return SentenceEncoder(found, prefix=prefix, batch_size=batch_size, max_tokens=max_tokens, device=device)
