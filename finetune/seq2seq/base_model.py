"""Load a base for training."""

from typing import Any, NamedTuple

from index.encoders.weights import Weights
from tagger.generation.model_loading import load, place_model


class Base(NamedTuple):
    """A sequence-to-sequence model in float32, its tokenizer, and where both came from."""

    model: Any
    tokenizer: Any
    weights: Weights


def load_base(weights: Weights, device: str = "") -> Base:
    """Load a base onto a device, by default a GPU where there is one.

    Raises `StaleArtifact` for a damaged one, `BadSetting` for an absent device.
    """
    model, tokenizer = load(weights, None)
    return Base(place_model(model, device), tokenizer, weights)
