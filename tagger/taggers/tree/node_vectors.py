"""Vectors of the packaged taxonomy's nodes: they ship with the package, since computing them takes minutes."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.vectors.base import Matrix

FOLDER = Path(__file__).parents[2] / "weights" / "shopify-nodes"
FILE = FOLDER / "model.safetensors"
_KEY_BYTES = 16
_HIGHEST = 127


def shipped_vectors(paths: Sequence[Sequence[str]], encoder: str) -> dict[int, Matrix]:
    """Return the vectors that ship, float32 (dim,) each, by the place of the node in `paths`.

    A node's path is one text per language. There are none for another encoder than the one that they were made with.
    """
    from safetensors import safe_open

    if not FILE.is_file():
        return {}
    with safe_open(FILE, "numpy") as file:
        if (file.metadata() or {}).get("encoder") != encoder:
            return {}
        keys, vectors, scales = (file.get_tensor(name) for name in ("keys", "vectors", "scales"))
    rows = {key.tobytes(): row for row, key in enumerate(keys)}
    found = {place: rows[key] for place, path in enumerate(paths) if (key := key_of(path)) in rows}
    return {place: vectors[row].astype(np.float32) * np.float32(scales[row]) for place, row in found.items()}


def write_vectors(paths: Sequence[Sequence[str]], vectors: Matrix, encoder: str, file: Path = FILE) -> None:
    """Write the vectors of nodes in 8 bits, each row with a scale of its own."""
    from safetensors.numpy import save_file

    scales = (np.abs(vectors).max(axis=1) / _HIGHEST).astype(np.float32)
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "keys": np.frombuffer(b"".join(map(key_of, paths)), np.uint8).reshape(-1, _KEY_BYTES),
        "vectors": np.rint(vectors / scales[:, None]).astype(np.int8),
        "scales": scales,
    }
    save_file(arrays, file, {"encoder": encoder})


def key_of(path: Sequence[str]) -> bytes:
    """Return the key of a node: a hash of its path in each language."""
    return hashlib.blake2b("\0".join(path).encode(), digest_size=_KEY_BYTES).digest()
