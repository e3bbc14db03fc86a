"""Check an engine against torch on built-in texts before it is used.

The reference vectors of packaged models are packaged too, under what identifies the model. For other models torch
computes them once. `python -m index.encoders.engines.checking` writes the packaged ones.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from index.encoders.engines.base import Engine
from index.vectors.base import Matrix, unit_rows

_REFERENCE = "reference"
_TEXTS = "texts.json"
_VECTORS = "vectors"
# The least that an engine must reach. In bfloat16, two texts that are equally near may change places.
_COSINE = 0.9995
_SAME_NEIGHBOUR = 0.9
# The largest difference of a component between a text alone and the same text in a batch.
_ALONE = 1e-6
# Texts that are embedded alone as well.
_TRIED_ALONE = 12


@dataclass(frozen=True)
class Check:
    """How an engine agrees with torch.

    `cosine` is the lowest cosine of a text's two vectors, `same_neighbour` the share of texts with the same nearest
    text, `alone` the largest difference of a component between a text alone and in a batch.
    """

    cosine: float
    same_neighbour: float
    alone: float

    @property
    def passed(self) -> bool:
        """Tell whether the engine may be used."""
        return self.cosine >= _COSINE and self.same_neighbour >= _SAME_NEIGHBOUR and self.alone <= _ALONE

    def as_dict(self) -> dict[str, float]:
        """Return the figures as plain values for JSON."""
        return asdict(self)


def check(engine: Engine, reference: Matrix) -> Check:
    """Compare an engine with the reference vectors of `check_texts`."""
    texts = check_texts()
    vectors = engine.embed(texts)
    tried = np.linspace(0, len(texts) - 1, _TRIED_ALONE).astype(int)
    alone = np.concatenate([engine.embed([texts[place]]) for place in tried])
    return Check(
        cosine=float((vectors * reference).sum(axis=1).min()),
        same_neighbour=float((_nearest(vectors) == _nearest(reference)).mean()),
        alone=float(np.abs(alone - vectors[tried]).max()),
    )


def _nearest(vectors: Matrix) -> Any:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return cosines.argmax(axis=1)


def check_texts() -> list[str]:
    """Return product texts in both languages, from a word to a long description."""
    texts: list[str] = json.loads((files(__package__) / _REFERENCE / _TEXTS).read_text("utf-8"))
    return texts


def reference_of(model: str, compute: Callable[[], Engine]) -> Matrix:
    """Return torch's vectors of the texts, (n, dim): packaged for this model, or computed by `compute`'s engine.

    `model` identifies the weights and how they are pooled (`identify`).
    """
    from safetensors.numpy import load

    packaged = files(__package__) / _REFERENCE / f"{model}.safetensors"
    if packaged.is_file():
        # Half precision changes the length of a row.
        return unit_rows(load(packaged.read_bytes())[_VECTORS].astype(np.float32))
    return compute().embed(check_texts())


def write_reference(folder: Path, model: str, engine: Engine) -> None:
    """Write an engine's vectors of the texts to the folder, as reference for this model."""
    from safetensors.numpy import save_file

    save_file({_VECTORS: engine.embed(check_texts()).astype(np.float16)}, folder / f"{model}.safetensors")


def main() -> None:
    """Write the reference of the packaged models."""
    from index.encoders.engines.architecture import identify
    from index.encoders.engines.torch_engine import TorchEngine
    from index.encoders.weights import PACKAGED, WeightsSettings, find

    for name in PACKAGED:
        found = find(name, WeightsSettings(full=False))
        engine = TorchEngine(found, device="cpu", batch_size=32, max_tokens=256)
        write_reference(Path(__file__).parent / _REFERENCE, identify(found, "mean"), engine)


if __name__ == "__main__":
    main()
