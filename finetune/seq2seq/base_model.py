"""Load a base for training."""

from typing import Any, NamedTuple

from index.encoders.weights import Weights
from tagger.generation.model_loading import load, place_model


class Base(NamedTuple):
    """A sequence-to-sequence model in float32, its tokenizer, and the source of both."""

    model: Any
    tokenizer: Any
    weights: Weights


def load_base(weights: Weights, device: str = "") -> Base:
    """Load a base onto a device, by default a GPU if there is one.

    Raises `StaleArtifact` if the base is damaged, `BadSetting` if the device does not exist.
    """
    model, tokenizer = load(weights, None)
    return Base(place_model(model, device), tokenizer, weights)
