"""The FAISS index; the only module that imports faiss."""

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import BadSetting, MissingArtifact, StaleArtifact
from index.vectors.base import Hit, Matrix, check_queries, check_vectors

# The largest k that FAISS supports on a GPU.
_GPU_LIMIT = 2048
# Fewer queries are searched by one thread. On cores that are in use, the threads' waiting for one another takes many
# times as long as the search itself.
_FEW = 16


class FaissIndex:
    """An exact FAISS index with string ids; on a GPU if faiss finds one and `gpu` allows it.

    A FAISS index must not be changed during a search, nor be searched by two threads on a GPU, so one lock guards every
    call.
    """

    def __init__(self, dim: int, *, gpu: bool = True) -> None:
        self._dim = dim
        self._gpu = gpu
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._next = 0
        self._index = self._place(_empty(dim))

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self._numbers)

    def add(self, ids: Sequence[str], vectors: Matrix) -> None:
        """Add unit rows, float32 (n, dim); an existing id is replaced."""
        vectors = check_vectors(ids, vectors, self._dim)
        with self._lock:
            self._remove(ids)
            numbers = np.arange(self._next, self._next + len(ids), dtype=np.int64)
            self._index.add_with_ids(vectors, numbers)
            self._next += len(ids)
            self._name(ids, numbers.tolist())

    def remove(self, ids: Sequence[str]) -> None:
        """Remove the vectors with these ids; unknown ids are skipped."""
        with self._lock:
            self._remove(ids)

    def _remove(self, ids: Sequence[str]) -> None:
        numbers = [self._numbers.pop(id) for id in ids if id in self._numbers]
        for number in numbers:
            del self._ids[number]
        if numbers:
            on_cpu = self._on_cpu()
            on_cpu.remove_ids(np.array(numbers, np.int64))
            self._index = self._place(on_cpu)

    def _name(self, ids: Sequence[str], numbers: Sequence[int]) -> None:
        self._numbers.update(zip(ids, numbers, strict=True))
        self._ids.update(zip(numbers, ids, strict=True))

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        """Return at most k hits for each query row, best first; ties are broken by id, also at the k-th place."""
        queries = check_queries(queries, self._dim)
        if not len(queries) or k < 1:
            return [[] for _ in queries]
        with self._lock:
            scores, numbers = self._near(queries, k)
            # FAISS pads short results with id -1.
            return [
                sorted(
                    (Hit(self._ids[n], s) for n, s in zip(row, near, strict=True) if n != -1),
                    key=lambda hit: (-hit.score, hit.id),
                )[:k]
                for row, near in zip(numbers.tolist(), scores.tolist(), strict=True)
            ]

    def _near(self, queries: Matrix, k: int) -> tuple[Any, Any]:
        """Search widely enough to find every vector tied with the k-th hit: FAISS returns an arbitrary few of them."""
        most = min(len(self) + 1, _GPU_LIMIT) if self._gpu and _gpus() else len(self) + 1
        wide = max(k, min(k + 1, most))
        with _threads(1 if len(queries) < _FEW else 0):
            while True:
                scores, numbers = self._index.search(queries, wide)
                if wide >= most or (scores[:, -1] < scores[:, k - 1]).all():
                    return scores, numbers
                wide = min(4 * wide, most)

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        faiss = _faiss()
        with self._lock:
            faiss.write_index(self._on_cpu(), str(folder / "index.faiss"))
            ids = json.dumps({"dim": self._dim, "ids": self._numbers}, ensure_ascii=False)
        (folder / "ids.json").write_text(ids, "utf-8")

    def load(self, folder: Path) -> None:
        """Replace the contents with what `save` wrote.

        Loading a damaged FAISS file is not memory-safe: the store verifies the checksum first. Raises `MissingArtifact`
        if there is no index, `StaleArtifact` if it does not match its ids or the encoder.
        """
        faiss = _faiss()
        if not (folder / "index.faiss").is_file():
            raise MissingArtifact("index.missing", path=folder / "index.faiss")
        saved = json.loads((folder / "ids.json").read_text("utf-8"))
        index = faiss.read_index(str(folder / "index.faiss"))
        if saved["dim"] != self._dim or index.d != self._dim or index.ntotal != len(saved["ids"]):
            raise StaleArtifact("index.mismatch", folder=folder)
        with self._lock:
            self._numbers, self._ids = {}, {}
            self._name(list(saved["ids"]), list(saved["ids"].values()))
            self._next = max(self._ids, default=-1) + 1
            self._index = self._place(index)

    def _place(self, index: Any) -> Any:
        faiss = _faiss()
        if self._gpu and _gpus():
            return faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, index)
        return index

    def _on_cpu(self) -> Any:
        return _faiss().index_gpu_to_cpu(self._index) if self._gpu and _gpus() else self._index


def _empty(dim: int) -> Any:
    faiss = _faiss()
    # Pass the metric to the constructor: several FAISS types default to L2.
    return faiss.IndexIDMap2(faiss.IndexFlat(dim, faiss.METRIC_INNER_PRODUCT))


def _gpus() -> int:
    return int(getattr(_faiss(), "get_num_gpus", lambda: 0)())


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let FAISS use this many threads for calls of the current thread; 0 changes nothing."""
    faiss = _faiss()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count or before)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _faiss() -> Any:
    import faiss

    return faiss


def create(dim: int, *, gpu: bool = True) -> FaissIndex:
    """Make the index for the plugin registry."""
    if dim < 1:
        raise BadSetting("index.dim", dim=dim)
    return FaissIndex(dim, gpu=gpu)
