"""Load a base for training."""

from typing import Any, NamedTuple

from index.weights import Weights
from tagger.generation.merged import load


class Base(NamedTuple):
    """A sequence-to-sequence model in float32, its tokenizer, and where both came from."""

    model: Any
    tokenizer: Any
    weights: Weights


def load_base(weights: Weights, device: str = "") -> Base:
    """Load a base onto a device, by default a GPU where there is one; raises `StaleArtifact` for a damaged one."""
    import torch

    model, tokenizer = load(weights, None)
    return Base(model.to(device or ("cuda" if torch.cuda.is_available() else "cpu")), tokenizer, weights)
