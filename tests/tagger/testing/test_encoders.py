"""The built-in encoders pass the conformance kit, and every kind of fault is reported."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from index.encoders.sentence_encoder import create as create_sentence_encoder
from index.encoders.weights import WeightsSettings
from tagger.plugins import ENCODERS
from tagger.testing import check_encoder

NUMBERS = itertools.count()


@pytest.mark.slow
def test_the_sentence_encoder_passes(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("weights")
    model = "sentence-transformers/all-MiniLM-L6-v2"
    check_encoder(lambda: create_sentence_encoder(WeightsSettings(folder), model=model, device="cpu"))


def test_another_makers_encoder_passes(third_party: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    weights = WeightsSettings(tmp_path_factory.mktemp("weights"))
    check_encoder(lambda: ENCODERS.create("acme-pairs", [weights], {"dim": 32}))


class Lengths:
    """Encodes a text by its length. `spoil` changes the vectors."""

    def __init__(self, *, spoil: Callable[..., Any] | None = None, name: Any = "lengths", dim: Any = 2) -> None:
        self.name = name() if callable(name) else name
        self.dim = dim
        self._spoil = spoil

    def encode(self, texts: Sequence[str]) -> Any:
        angles = np.array([len(text) for text in texts], np.float32)
        vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return self._spoil(vectors) if self._spoil else vectors


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": 7}, "the name must be a text, not 7"),
        ({"name": ""}, "the name is empty; it must identify the weights"),
        ({"name": lambda: f"random {next(NUMBERS)}"}, r"the same weights are called 'random \d+' and 'random \d+'"),
        ({"dim": 2.0}, r"dim must be a whole number, not 2\.0"),
        ({"dim": 0}, "dim must be at least 1, not 0"),
        ({"dim": 3}, r"encode returned vectors of type float32 and shape \(0, 2\), not float32 of shape \(0, 3\)"),
        ({"spoil": lambda vectors: vectors.astype(np.float64)}, "encode returned vectors of type float64"),
        (
            {"spoil": lambda vectors: vectors * np.float32(3)},
            "encode returned vector 0 with length 3, not 1",
        ),
        ({"spoil": lambda vectors: vectors.tolist()}, "encode returned list, not an array of float32"),
        ({"spoil": lambda vectors: np.roll(vectors, len(vectors) > 2, axis=0)}, "in a reversed batch the vector"),
        ({"spoil": lambda vectors: vectors[:, :: 1 - 2 * (len(vectors) == 1)]}, "alone the vector differs by"),
    ],
)
def test_what_no_encoder_may_do_is_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_encoder(lambda: Lengths(**given), ["ab", "abcd"])
    check_encoder(Lengths, ["ab", "abcd"])


def test_another_object_must_give_the_same_vectors() -> None:
    directions = itertools.cycle([1, -1])

    def make() -> Lengths:
        sign = np.float32(next(directions))
        return Lengths(spoil=lambda vectors: vectors * sign)

    with pytest.raises(AssertionError, match="from another object of the same weights the vector differs by"):
        check_encoder(make)


def test_one_text_is_too_few_to_check_with() -> None:
    with pytest.raises(AssertionError, match="the checks need at least two texts"):
        check_encoder(Lengths, ["mug"])
