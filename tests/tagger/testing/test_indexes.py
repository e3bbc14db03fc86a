"""The built-in indexes pass the conformance kit, and every kind of fault is reported."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index.vectors.base import Hit, Matrix
from index.vectors.flat_index import FlatIndex
from tagger.plugins import INDEXES
from tagger.testing import check_index


@pytest.mark.parametrize("name", ["flat", "faiss"])
def test_every_index_passes(name: str, tmp_path: Path) -> None:
    check_index(lambda dim: INDEXES.create(name, [dim], {}), tmp_path)


class Distances(FlatIndex):
    """Returns distances instead of similarities."""

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        return [[Hit(id, 2 - 2 * score) for id, score in hits] for hits in super().search(queries, k)]


class Shy(FlatIndex):
    """Misses the nearest of many vectors."""

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        hits = super().search(queries, k + 1)
        return [each[1:] if len(each) > 9 else each[:k] for each in hits]


class Unsorted(FlatIndex):
    """Breaks ties by insertion order."""

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        return [
            sorted(hits, key=lambda hit: (-hit.score, self._ids.index(hit.id)))[:k]
            for hits in super().search(queries, len(self))
        ]


class Doubling(FlatIndex):
    """Keeps the old vector of a replaced id."""

    def remove(self, ids: Sequence[str]) -> None: ...


class Greedy(FlatIndex):
    """Returns more hits than asked for."""

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        return super().search(queries, k + 1)


class Scaling(FlatIndex):
    """Modifies the queries in place."""

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        hits = super().search(queries, k)
        queries *= 2
        return hits


class Adding(FlatIndex):
    """Keeps its old vectors when it loads."""

    def load(self, folder: Path) -> None:
        other = FlatIndex(self._dim)
        other.load(folder)
        self.add(other._ids, other._vectors)


class Pickling(FlatIndex):
    """Saves its vectors as a pickle."""

    def save(self, folder: Path) -> None:
        (folder / "index.bin").write_bytes(pickle.dumps(self._ids))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Distances, "'id .*' has the score .*, its cosine is "),
        (Shy, "is found although 'id .*' is nearer"),
        (Unsorted, "returned hits that are not sorted best first, ties by id"),
        (Doubling, "202 vectors instead of 198"),
        (Greedy, "search returned 1 hits where at most 0 were requested"),
        (Scaling, "search changes its queries"),
        (Adding, "199 vectors instead of 198"),
        (Pickling, "index.bin is a pickle: loading one runs whatever it holds"),
    ],
)
def test_what_no_index_may_do_is_named(kind: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=message):
        check_index(kind, tmp_path)
