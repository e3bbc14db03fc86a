"""Cache vectors on disk, so that a long encoding run can be stopped and resumed."""

import hashlib
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.atomic import replace_file
from index.batching import batched
from index.encoders.base import ARITHMETIC, EXACT, Encoder, arithmetic_of
from index.integrity.digest_names import digest_name, is_whole
from index.progress import Progress
from index.vectors.base import Matrix, rows_off_unit

log = logging.getLogger(__name__)

_CHUNK = 512
_REMEMBERED = 256
_KEY_BYTES = 16


class VectorCache:
    """Vectors by the hash of their text, as fp16; each file is written once, atomically."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._dim = 0
        self._arithmetics: set[str] = set()
        self._places: dict[bytes, tuple[npt.NDArray[np.float16], int]] = {}
        for path in sorted(folder.glob("*.safetensors")) if folder.is_dir() else ():
            self._take(path)

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self._places)

    def __contains__(self, text: str) -> bool:
        """Tell whether the vector of this text is cached."""
        return _key(text) in self._places

    @property
    def dim(self) -> int:
        """Return the width of the vectors, 0 while there are none."""
        return self._dim

    @property
    def arithmetics(self) -> frozenset[str]:
        """Return the number formats that the vectors were computed in."""
        return frozenset(self._arithmetics)

    def lookup(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of texts that are all cached, float32 (n, dim)."""
        rows = [vectors[row] for vectors, row in (self._places[_key(text)] for text in texts)]
        return np.stack(rows).astype(np.float32)

    def append(self, texts: Sequence[str], vectors: Matrix, arithmetic: str = EXACT) -> None:
        """Add vectors, in a new file that tells the number format they were computed in."""
        from safetensors.numpy import save

        keys = np.frombuffer(b"".join(map(_key, texts)), np.uint8).reshape(-1, _KEY_BYTES)
        self._folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, npt.NDArray[Any]] = {"keys": keys, "vectors": vectors.astype(np.float16)}
        content = save(arrays, {ARITHMETIC: arithmetic})
        path = self._folder / digest_name(f"{len(self):09d}", ".safetensors", content)
        with replace_file(path) as building:
            building.write_bytes(content)
        self._take(path)

    def _take(self, path: Path) -> None:
        from safetensors import SafetensorError, safe_open

        try:
            if not is_whole(path):
                raise ValueError("its content is not the one that its name declares")
            with safe_open(path, "numpy") as file:
                keys, vectors = file.get_tensor("keys"), file.get_tensor("vectors")
                # A file that does not tell is older, and was computed in float32.
                arithmetic = (file.metadata() or {}).get(ARITHMETIC, EXACT)
            if keys.shape != (len(vectors), _KEY_BYTES) or vectors.ndim != 2:
                raise ValueError(f"keys of shape {keys.shape} for vectors of shape {vectors.shape}")
            if len(rows_off_unit(vectors.astype(np.float32))):
                raise ValueError("it holds vectors whose length is not 1")
        except (SafetensorError, KeyError, OSError, ValueError) as error:
            log.warning("%s is damaged and will be computed again: %s", path, error)
            path.unlink(missing_ok=True)
            return
        with self._lock:
            self._dim = int(vectors.shape[1])
            self._arithmetics.add(arithmetic)
            self._places.update((keys[row].tobytes(), (vectors, row)) for row in range(len(keys)))


def delete_vectors(folder: Path, texts: Sequence[str]) -> None:
    """Delete the files of a cache that hold vectors of these texts; other vectors in them are computed when needed."""
    from safetensors import safe_open

    gone = {_key(text) for text in texts}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "numpy") as file:
            keys = file.get_tensor("keys")
        if not gone.isdisjoint(row.tobytes() for row in keys):
            path.unlink()


class CachedEncoder:
    """An encoder with a cache in front; `warm` fills the cache, `encode` only reads it.

    All vectors are rounded to the cache's fp16, so that a text has the same vector whether it was cached or not. The
    latest ones not in the cache are kept in memory, since several parts ask for the same products.
    """

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self._encoder = encoder
        self._cache = cache
        self._recent: dict[str, Matrix] = {}
        self._told = False

    @property
    def name(self) -> str:
        """Name the model and its exact weights."""
        return self._encoder.name

    @property
    def dim(self) -> int:
        """Return the width of the vectors, if possible from the cache: the encoder may have to load its model."""
        return self._cache.dim or self._encoder.dim

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        if all(text in self._cache for text in texts):
            return self._cache.lookup(texts)
        recent = self._recent
        fresh = [text for text in dict.fromkeys(texts) if text not in self._cache and text not in recent]
        if fresh:
            computed = dict(zip(fresh, _round(self._compute(fresh)), strict=True))
            recent = recent | computed
            self._recent = dict(list(recent.items())[-_REMEMBERED:])
        return np.stack([recent[text] if text in recent else self._cache.lookup([text])[0] for text in texts])

    def has(self, text: str) -> bool:
        """Tell whether the vector of this text is cached and so costs nothing."""
        return text in self._cache

    def warm(self, texts: Sequence[str], progress: Progress) -> None:
        """Embed texts that are not yet cached, longest first, and store each chunk as soon as it is done."""
        distinct = list(dict.fromkeys(texts))
        fresh = sorted((text for text in distinct if text not in self._cache), key=len, reverse=True)
        done = len(distinct) - len(fresh)
        progress("encode", done, len(distinct))
        for chunk in batched(fresh, _CHUNK):
            self._cache.append(chunk, self._compute(chunk), arithmetic_of(self._encoder))
            done += len(chunk)
            progress("encode", done, len(distinct))

    def _compute(self, texts: Sequence[str]) -> Matrix:
        vectors = self._encoder.encode(texts)
        others = self._cache.arithmetics - {arithmetic_of(self._encoder)}
        if others and not self._told:
            self._told = True
            log.info(
                "the stored vectors were computed in %s, this machine computes in %s: cosines differ by up to 0.001",
                *(" and ".join(sorted(others)), arithmetic_of(self._encoder)),
            )
        return vectors


def _round(vectors: Matrix) -> Matrix:
    return vectors.astype(np.float16).astype(np.float32)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_KEY_BYTES).digest()


def folder_of(encoder: Encoder) -> str:
    """Return the name of the folder for this encoder's vectors."""
    return "cache-" + hashlib.blake2b(encoder.name.encode(), digest_size=6).hexdigest()
