import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from index.encoders import vector_cache
from index.encoders.sentence_encoder import SentenceEncoder
from index.encoders.vector_cache import CachedEncoder, VectorCache, folder_of
from index.progress import silent
from index.vectors.base import Matrix

DIM = 8


class Counting:
    """Encodes texts by a hash, and records the texts it was asked for."""

    name = "counting"
    dim = DIM

    def __init__(self, fail_after: int = 10**9) -> None:
        self.asked: list[list[str]] = []
        self._left = fail_after

    def encode(self, texts: Sequence[str]) -> Matrix:
        self._left -= 1
        if self._left < 0:
            raise RuntimeError("the power went")
        self.asked.append(list(texts))
        return np.stack([vector(text) for text in texts])


def vector(text: str) -> Matrix:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    row = np.random.default_rng(seed).standard_normal(DIM, np.float32)
    return np.asarray(row / np.linalg.norm(row), np.float32)


def vectors(texts: Sequence[str]) -> Matrix:
    return np.stack([vector(text) for text in texts])


def halved(texts: Sequence[str]) -> Matrix:
    """Return the vectors after a round trip through half precision."""
    return vectors(texts).astype(np.float16).astype(np.float32)


def test_a_cache_starts_empty_and_makes_no_folder(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "cache")
    assert len(cache) == 0
    assert "mug" not in cache
    assert not (tmp_path / "cache").exists()


def test_appended_vectors_are_looked_up_in_half_precision_and_any_order(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "cache")
    cache.append(["a", "冰箱"], vectors(["a", "冰箱"]))
    cache.append(["c"], vectors(["c"]))
    assert len(cache) == 3
    assert "冰箱" in cache
    found = cache.lookup(["c", "冰箱", "c", "a"])
    assert found.dtype == np.float32
    assert found.tolist() == halved(["c", "冰箱", "c", "a"]).tolist()
    assert np.abs(found - vectors(["c", "冰箱", "c", "a"])).max() < 5e-4


def test_another_process_opens_what_was_written(tmp_path: Path) -> None:
    VectorCache(tmp_path).append(["a", "b"], vectors(["a", "b"]))
    VectorCache(tmp_path).append(["c"], vectors(["c"]))
    opened = VectorCache(tmp_path)
    assert len(opened) == 3
    assert opened.lookup(["a", "b", "c"]).tolist() == halved(["a", "b", "c"]).tolist()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".safetensors"] * 2


@pytest.mark.parametrize("damage", ["cut", "empty", "other tensors", "too few keys", "text", "nan", "long"])
def test_a_damaged_file_is_dropped_and_the_others_are_kept(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    VectorCache(tmp_path).append(["a"], vectors(["a"]))
    [good] = tmp_path.iterdir()
    VectorCache(tmp_path).append(["b", "c"], vectors(["b", "c"]))
    [bad] = set(tmp_path.iterdir()) - {good}
    data = bad.read_bytes()
    if damage == "other tensors":
        save_file({"a": np.zeros(1, np.float32)}, bad)
    elif damage == "too few keys":
        save_file({**load_file(bad), "keys": np.zeros((1, 16), np.uint8)}, bad)
    elif damage in ("nan", "long"):
        vectors_of = load_file(bad)["vectors"] * np.float16("nan" if damage == "nan" else 1.01)
        save_file({**load_file(bad), "vectors": vectors_of}, bad)
    else:
        bad.write_bytes({"cut": data[:-1], "empty": b"", "text": b"no safetensors at all"}[damage])
    with caplog.at_level(logging.WARNING):
        cache = VectorCache(tmp_path)
    assert len(cache) == 1
    assert "a" in cache
    assert list(tmp_path.iterdir()) == [good]
    assert f"{bad} is damaged and will be computed again" in caplog.text


def test_unfinished_files_are_not_read(tmp_path: Path) -> None:
    VectorCache(tmp_path).append(["a"], vectors(["a"]))
    [path] = tmp_path.iterdir()
    path.rename(path.with_suffix(".part"))
    assert len(VectorCache(tmp_path)) == 0


def test_only_texts_that_are_new_are_encoded_each_once(tmp_path: Path) -> None:
    cache, inner = VectorCache(tmp_path), Counting()
    cache.append(["a", "b"], vectors(["a", "b"]))
    encoder = CachedEncoder(inner, cache)
    assert encoder.encode(["b", "x", "a", "x", "y"]).tolist() == halved(["b", "x", "a", "x", "y"]).tolist()
    assert inner.asked == [["x", "y"]]
    encoder.encode(["a", "b"])
    encoder.encode(["y", "x", "z"])
    assert inner.asked == [["x", "y"], ["z"]]
    assert len(cache) == 2


def test_no_texts_become_no_rows(tmp_path: Path) -> None:
    inner = Counting()
    assert CachedEncoder(inner, VectorCache(tmp_path)).encode([]).shape == (0, DIM)
    assert inner.asked == []


def test_only_the_latest_fresh_vectors_are_remembered(tmp_path: Path) -> None:
    inner = Counting()
    encoder = CachedEncoder(inner, VectorCache(tmp_path))
    texts = [f"text {number}" for number in range(300)]
    assert encoder.encode(texts).tolist() == halved(texts).tolist()
    encoder.encode(texts[-256:])
    assert len(inner.asked) == 1
    encoder.encode(texts[:44])
    assert inner.asked[1:] == [texts[:44]]


def test_warming_encodes_the_longest_first_in_chunks_and_reports_each(tmp_path: Path) -> None:
    cache, inner = VectorCache(tmp_path), Counting()
    cache.append(["known"], vectors(["known"]))
    steps: list[tuple[str, int, int]] = []
    texts = ["known", *("x" * length for length in range(1, 601)), "x"]
    CachedEncoder(inner, cache).warm(texts, lambda stage, done, total: steps.append((stage, done, total)))
    assert [len(chunk) for chunk in inner.asked] == [512, 88]
    assert [len(text) for text in inner.asked[0]] == list(range(600, 88, -1))
    assert steps == [("encode", 1, 601), ("encode", 513, 601), ("encode", 601, 601)]
    assert len(VectorCache(tmp_path)) == 601


def test_warming_again_encodes_nothing(tmp_path: Path) -> None:
    inner = Counting()
    for _ in range(2):
        CachedEncoder(inner, VectorCache(tmp_path)).warm(["a", "b", "a"], silent)
    assert inner.asked == [["a", "b"]]


def test_a_stop_while_warming_loses_the_chunk_in_work_only(tmp_path: Path) -> None:
    texts = [f"text {number:04d}" for number in range(1200)]
    with pytest.raises(RuntimeError, match="the power went"):
        CachedEncoder(Counting(fail_after=2), VectorCache(tmp_path)).warm(texts, silent)
    (tmp_path / "000001024-00000000.part").write_bytes(b"half a file")
    inner = Counting()
    encoder = CachedEncoder(inner, VectorCache(tmp_path))
    encoder.warm(texts, silent)
    assert inner.asked == [texts[1024:]]
    assert encoder.encode(texts).tolist() == halved(texts).tolist()


def test_cached_and_fresh_vectors_are_the_same(tmp_path: Path, minilm: SentenceEncoder) -> None:
    texts = ["Steel mug", "A blue cup for tea", "a"]
    fresh = CachedEncoder(minilm, VectorCache(tmp_path / "a")).encode(texts)
    warmed = CachedEncoder(minilm, VectorCache(tmp_path / "b"))
    warmed.warm(texts, silent)
    assert np.array_equal(warmed.encode(texts), CachedEncoder(minilm, VectorCache(tmp_path / "b")).encode(texts))
    # Different batches may differ in the last bit before rounding to half precision.
    assert np.abs(fresh - warmed.encode(texts)).max() < 1e-3
    assert np.linalg.norm(fresh, axis=1) == pytest.approx(np.ones(3), abs=1e-3)


def test_a_cached_encoder_goes_by_the_name_and_width_of_its_own(tmp_path: Path) -> None:
    encoder = CachedEncoder(Counting(), VectorCache(tmp_path))
    assert (encoder.name, encoder.dim) == ("counting", DIM)


def test_each_encoder_has_a_folder_of_its_own_whose_name_is_a_safe_path() -> None:
    first, second = Counting(), Counting()
    second.name = "../../etc/passwd"
    names = [folder_of(first), folder_of(second)]
    assert names[0] == folder_of(Counting()) != names[1]
    assert all(name.removeprefix("cache-").isalnum() and len(name) == 18 for name in names)


def test_keys_tell_texts_apart_by_every_byte() -> None:
    assert len({vector_cache._key(text) for text in ("a", "a ", "A", "", "冰箱", "冰 箱")}) == 6
