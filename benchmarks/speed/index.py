"""Our search layer against bare FAISS: the same vectors, with string ids and settled ties."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.speed.timing import alternate
from index.vectors.base import Matrix
from index.vectors.faiss_index import FaissIndex

BARE, OURS = "faiss", "tagweave"
_VECTORS, _WIDTH, _K = 100_000, 384, 20
_BATCH = 64
_BATCHES, _SINGLE = 12, 60


def measure() -> dict[str, Any]:
    """Search in random unit vectors, in batches and one at a time."""
    import faiss

    rng = np.random.default_rng(0)
    vectors = _unit_rows(rng, _VECTORS)
    bare = faiss.IndexFlatIP(_WIDTH)
    bare.add(vectors)
    ours = FaissIndex(_WIDTH, gpu=False)
    ours.add([f"product-{number}" for number in range(_VECTORS)], vectors)
    searches: dict[str, Callable[[Matrix], Any]] = {
        BARE: lambda queries: bare.search(queries, _K),
        OURS: lambda queries: ours.search(queries, _K),
    }
    sizes = {"batch": [_unit_rows(rng, _BATCH) for _ in range(_BATCHES)]}
    sizes["one"] = [_unit_rows(rng, 1) for _ in range(_SINGLE)]
    spent = {size: alternate(searches, queries) for size, queries in sizes.items()}
    return {
        "vectors": _VECTORS,
        "width": _WIDTH,
        "k": _K,
        "batch": _BATCH,
        "ms": {size: {name: 1000 * each for name, each in of.items()} for size, of in spent.items()},
        "ratio": {size: of[BARE] / of[OURS] for size, of in spent.items()},
        "bytes_read_by_one": vectors.nbytes,
    }


def _unit_rows(rng: np.random.Generator, count: int) -> Matrix:
    rows = rng.standard_normal((count, _WIDTH), np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
