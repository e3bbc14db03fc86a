"""Conformance checks for encoders."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from index.encoders.base import Encoder
from index.vectors.base import Matrix, wrong_rows

_SAMPLE = ("Steel mug", "A red mug of steel, 300 ml", "不锈钢保温杯", "Desk lamp", "护眼台灯 LED")
_ODD = ("", "…", "x", "Ⅻ ﷺ 🛒", "İİİ", "コーヒー", "= {} %s \\ ' \" <b>", "mug 杯子 " * 2000)
_TOLERANCE = 1e-3
_THREADS = 4


def check_encoder(make: Callable[[], Encoder], texts: Sequence[str] = _SAMPLE) -> None:
    """Check the vectors of these texts and of odd ones: alone, in batches, from several threads and instances.

    `make` returns a new encoder with the same weights each time.
    """
    assert len(texts) > 1, "the checks need at least two texts"
    encoder, other = make(), make()
    _check_name(encoder, other)
    texts = (*texts, *_ODD)
    assert _encode(encoder, []).shape == (0, encoder.dim)
    together = _encode(encoder, texts)
    _check_same(together, _encode(other, texts), texts, "from another object of the same weights")
    _check_same(together, _encode(encoder, texts[::-1])[::-1], texts, "in a reversed batch")
    _check_same(together, np.concatenate([_encode(encoder, [text]) for text in texts]), texts, "alone")
    with ThreadPoolExecutor(_THREADS) as pool:
        for vectors in pool.map(lambda _: _encode(encoder, texts), range(_THREADS)):
            _check_same(together, vectors, texts, "from several threads at once")


def _check_name(encoder: Encoder, other: Encoder) -> None:
    assert isinstance(encoder.name, str), f"the name must be a text, not {encoder.name!r}"
    assert encoder.name, "the name is empty; it must identify the weights"
    assert encoder.name == other.name, f"the same weights are called {encoder.name!r} and {other.name!r}"
    assert isinstance(encoder.dim, int), f"dim must be a whole number, not {encoder.dim!r}"
    assert encoder.dim > 0, f"dim must be at least 1, not {encoder.dim}"


def _encode(encoder: Encoder, texts: Sequence[str]) -> Matrix:
    vectors = encoder.encode(texts)
    wrong = wrong_rows(vectors, (len(texts), encoder.dim))
    assert not wrong, f"encode returned {wrong}"
    return vectors


def _check_same(expected: Matrix, found: Matrix, texts: Sequence[str], how: str) -> None:
    differences = np.abs(expected - found).max(axis=1)
    worst = int(differences.argmax())
    assert differences[worst] <= _TOLERANCE, (
        f"{texts[worst][:40]!r}: {how} the vector differs by {differences[worst]:g}, more than {_TOLERANCE}"
    )
