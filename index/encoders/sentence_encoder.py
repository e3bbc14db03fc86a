"""Turn texts into unit vectors with a sentence-transformer's weights, on the fastest engine that this machine has."""

import threading
from collections.abc import Sequence
from typing import Literal

import numpy as np

from index.encoders import weights
from index.encoders.engines.base import Arithmetic, Engine
from index.encoders.engines.graph_engine import STEP
from index.encoders.engines.preparation import EngineName, EngineSettings, load_engine
from index.errors import BadSetting
from index.vectors.base import Matrix

# For symmetric comparison, both sides take the same prefix (model card of multilingual-e5).
PREFIXES = {weights.E5: "query: ", weights.PRODUCTS: "query: "}


class SentenceEncoder:
    """A sentence-transformer, loaded on first use; safe to call from several threads."""

    def __init__(self, found: weights.Weights, settings: EngineSettings, *, prefix: str = "") -> None:
        self._weights = found
        self._settings = settings
        self._prefix = prefix
        self._lock = threading.Lock()
        self._loaded: Engine | None = None
        other = f"/{prefix}" if prefix != PREFIXES.get(found.name, "") else ""
        self.name = f"{found.name}@{found.fingerprint()}/{settings.max_tokens}{other}"

    @property
    def engine(self) -> str:
        """Return the engine and its arithmetic, such as "openvino bfloat16"."""
        return f"{self._engine().name} {self.arithmetic}"

    @property
    def arithmetic(self) -> Arithmetic:
        """Return the number format of the matrix products: vectors of two formats differ by more than rounding."""
        return self._engine().arithmetic

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""
        return self._engine().dim

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        return self._engine().embed([self._prefix + text.strip() for text in texts])

    def _engine(self) -> Engine:
        with self._lock:
            if self._loaded is None:
                self._loaded = load_engine(self._weights, self._settings)
            return self._loaded


def create(
    settings: weights.WeightsSettings,
    *,
    model: str = weights.PRODUCTS,
    prefix: str | None = None,
    batch_size: int = 32,
    max_tokens: int = 256,
    device: str = "",
    engine: EngineName = "auto",
    arithmetic: Arithmetic | Literal["auto"] = "auto",
    threads: int = 0,
) -> SentenceEncoder:
    """Make the encoder for the plugin registry; `prefix` defaults to what the model requires.

    Raises `BadSetting` if a size is out of range, `MissingArtifact` if there are no weights.
    """
    if batch_size < 1 or max_tokens < STEP or max_tokens % STEP or threads < 0:
        raise BadSetting("encoder.settings", step=STEP)
    found = weights.find(model, settings)
    prefix = PREFIXES.get(model, "") if prefix is None else prefix
    chosen = EngineSettings(settings.folder, engine, arithmetic, device, batch_size, max_tokens, threads)
    return SentenceEncoder(found, chosen, prefix=prefix)
