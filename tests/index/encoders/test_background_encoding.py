import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.encoders.background_encoding import BackgroundEncoding
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.errors import OutOfMemory
from index.messages import Message
from index.progress import silent
from index.vectors.base import Matrix

WAIT_S = 30.0
TEXTS = [f"text {number}" for number in range(1200)]


class Gated:
    """An encoder of two dimensions that stops before a given call until it is let go on."""

    name = "gated"
    dim = 2

    def __init__(self, held_at: int = 0) -> None:
        self.calls = 0
        self.held_at = held_at
        self.go_on = threading.Event()

    def encode(self, texts: Sequence[str]) -> Matrix:
        self.calls += 1
        if self.calls == self.held_at:
            assert self.go_on.wait(WAIT_S)
        return np.tile(np.array([[0.6, 0.8]], np.float32), (len(texts), 1))


def _cached(encoder: Gated, folder: Path) -> CachedEncoder:
    return CachedEncoder(encoder, VectorCache(folder))


def test_other_work_goes_on_while_texts_are_encoded_and_their_vectors_are_waited_for(tmp_path: Path) -> None:
    encoder = Gated(held_at=2)
    done = threading.Event()
    with BackgroundEncoding(_cached(encoder, tmp_path), TEXTS, silent) as encoding:
        encoding.when_done(done.set)
        assert not done.is_set()
        encoder.go_on.set()
        assert encoding.encode(TEXTS[:3]).tolist() == pytest.approx(np.array([[0.6, 0.8]] * 3), abs=1e-3)
        assert encoding.dim == 2
    assert done.is_set()
    # 1,200 texts are three chunks of at most 512, and no text is encoded twice.
    assert encoder.calls == 3
    assert len(VectorCache(tmp_path)) == 1200


def test_an_encoder_that_cannot_work_says_so_before_other_work_begins(tmp_path: Path) -> None:
    class Broken(Gated):
        def encode(self, texts: Sequence[str]) -> Matrix:
            raise OutOfMemory(Message("memory.generator"))

    with pytest.raises(OutOfMemory), BackgroundEncoding(_cached(Broken(), tmp_path), TEXTS, silent):
        pytest.fail("the other work began")


def test_what_fails_later_is_raised_where_the_vectors_are_asked_for(tmp_path: Path) -> None:
    class Failing(Gated):
        def encode(self, texts: Sequence[str]) -> Matrix:
            vectors = super().encode(texts)
            if self.calls == 2:
                raise ValueError("no more")
            return vectors

    encoder = Failing(held_at=2)
    with BackgroundEncoding(_cached(encoder, tmp_path), TEXTS, silent) as encoding:
        encoding.check()
        encoder.go_on.set()
        with pytest.raises(ValueError, match="no more"):
            encoding.encode(TEXTS[:1])
        with pytest.raises(ValueError, match="no more"):
            encoding.check()


def test_leaving_early_ends_the_encoding_and_keeps_the_chunks_that_are_done(tmp_path: Path) -> None:
    encoder = Gated(held_at=2)

    def interrupt() -> None:
        with BackgroundEncoding(_cached(encoder, tmp_path), TEXTS, silent):
            threading.Timer(0.2, encoder.go_on.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert encoder.calls == 2
    assert len(VectorCache(tmp_path)) == 1024


def test_texts_that_are_cached_are_not_encoded_again(tmp_path: Path) -> None:
    _cached(Gated(), tmp_path).warm(TEXTS, silent)
    encoder = Gated()
    told: list[tuple[str, int, int]] = []
    with BackgroundEncoding(_cached(encoder, tmp_path), TEXTS, lambda *report: told.append(report)) as encoding:
        assert encoding.encode(TEXTS[:1]).shape == (1, 2)
    assert encoder.calls == 0
    assert told == [("encode", 1200, 1200)]
