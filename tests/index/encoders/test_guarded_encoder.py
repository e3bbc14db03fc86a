"""A third-party encoder's faults are reported in one line before anything is stored."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.encoders.guarded_encoder import guard_encoder
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.errors import PluginFailed
from index.plugins import PluginOrigin
from index.progress import silent

ORIGIN = PluginOrigin("encoder", "acme", "acme-vectors 2.0")
ACME = "the encoder 'acme' (acme-vectors 2.0)"
TEXTS = ["Steel mug", "台灯"]
UNIT = np.array([[1, 0, 0], [0.6, 0.8, 0]], np.float32)


class Told:
    """Returns what it is told to return."""

    def __init__(self, make: Callable[[], Any], dim: Any = 3, name: Any = "acme/told") -> None:
        self.name = name
        self.dim = dim
        self._make = make

    def encode(self, texts: Sequence[str]) -> Any:
        return self._make()


def fail() -> None:
    raise ConnectionError("no route\nto host")


WRONG = {
    "none": (lambda: None, "returned NoneType, not an array of float32"),
    "a list": (lambda: UNIT.tolist(), "returned list, not an array of float32"),
    "float64": (
        lambda: UNIT.astype(np.float64),
        "returned vectors of type float64 and shape (2, 3), not float32 of shape (2, 3)",
    ),
    "one row": (lambda: UNIT[:1], "returned vectors of type float32 and shape (1, 3), not float32 of shape (2, 3)"),
    "narrow": (lambda: UNIT[:, :2], "returned vectors of type float32 and shape (2, 2), not float32 of shape (2, 3)"),
    "flat": (lambda: UNIT[0], "returned vectors of type float32 and shape (3,), not float32 of shape (2, 3)"),
    "nan": (
        lambda: np.where(np.float32(0.6) == UNIT, np.float32("nan"), UNIT),
        "returned vector 1 with length nan, not 1",
    ),
    "infinity": (
        lambda: np.where(UNIT == 1, np.float32("inf"), UNIT),
        "returned vector 0 with length inf, not 1",
    ),
    "long": (lambda: UNIT * np.float32(2), "returned vector 0 with length 2, not 1"),
    "zero": (lambda: UNIT * np.float32([[1], [0]]), "returned vector 1 with length 0, not 1"),
    "raises": (fail, "failed in encode: ConnectionError: no route to host"),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_answer_is_named_and_never_kept(tmp_path: Path, how: str) -> None:
    make, line = WRONG[how]
    encoder = CachedEncoder(guard_encoder(Told(make), ORIGIN), VectorCache(tmp_path))
    for ask in (lambda: encoder.warm(TEXTS, silent), lambda: encoder.encode(TEXTS)):
        with pytest.raises(PluginFailed) as failed:
            ask()
        assert str(failed.value) == f"{ACME} {line}"
    assert not list(tmp_path.iterdir())
    # A fixed encoder works without deleting anything first.
    mended = CachedEncoder(guard_encoder(Told(lambda: UNIT), ORIGIN), VectorCache(tmp_path))
    mended.warm(TEXTS, silent)
    assert mended.encode(TEXTS) == pytest.approx(UNIT, abs=1e-3)


def test_vectors_within_a_thousandth_of_unit_length_pass() -> None:
    close = UNIT * np.float32(1.0009)
    assert guard_encoder(Told(lambda: close), ORIGIN).encode(TEXTS) is close


def test_no_texts_are_no_rows() -> None:
    none = np.zeros((0, 3), np.float32)
    assert guard_encoder(Told(lambda: none), ORIGIN).encode([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("dim", "name", "ask", "line"),
    [
        (0, "a", "dim", "has dim 0; it must be a positive whole number"),
        ("3", "a", "dim", "has dim '3'; it must be a positive whole number"),
        (3, "", "name", "has the name ''; the name must be a text that identifies its weights"),
        (3, None, "name", "has the name None; the name must be a text that identifies its weights"),
    ],
)
def test_a_name_and_a_width_are_checked(dim: Any, name: Any, ask: str, line: str) -> None:
    encoder = guard_encoder(Told(lambda: UNIT, dim, name), ORIGIN)
    with pytest.raises(PluginFailed) as failed:
        getattr(encoder, ask)
    assert str(failed.value) == f"{ACME} {line}"


def test_what_is_no_encoder_is_refused_when_it_is_made() -> None:
    with pytest.raises(PluginFailed) as failed:
        guard_encoder(object(), ORIGIN)
    assert str(failed.value) == f"{ACME} is not an encoder: it has no name"


def test_an_encoder_is_not_asked_for_its_width_when_it_is_made() -> None:
    class Heavy:
        name = "heavy"

        @property
        def dim(self) -> int:
            raise OSError("the model is not there")

        def encode(self, texts: Sequence[str]) -> Any:
            return UNIT

    encoder = guard_encoder(Heavy(), ORIGIN)
    with pytest.raises(PluginFailed, match=" failed in dim: OSError: the model is not there"):
        assert encoder.dim
