"""A third-party index's faults are reported in one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.errors import BadInput, MissingArtifact, PluginFailed
from index.plugins import PluginOrigin
from index.vectors.base import Hit
from index.vectors.flat_index import FlatIndex
from index.vectors.guarded_index import guard_index

ORIGIN = PluginOrigin("index", "acme", "acme-ann 0.3")
ACME = "the index 'acme' (acme-ann 0.3)"
QUERY = np.array([[1, 0]], np.float32)


class Told(FlatIndex):
    """Returns the hits it is told to return, or raises the given exception."""

    def __init__(self, hits: Any) -> None:
        super().__init__(2)
        self._hits = hits

    def search(self, queries: Any, k: int) -> Any:
        if isinstance(self._hits, Exception):
            raise self._hits
        return self._hits

    def save(self, folder: Path) -> None:
        raise OSError("disk full")


@pytest.mark.parametrize(
    ("hits", "line"),
    [
        (RuntimeError("boom"), "failed in search: RuntimeError: boom"),
        (None, "returned None, not a list with the hits of each query"),
        ([], "returned hits for 0 queries, not for 1"),
        ([None], "returned None for a query, not a list of hits"),
        ([[("a", 0.5)]], "returned tuple \"('a', 0.5)\" among the hits, not a Hit(id, score)"),
        ([[Hit(7, 0.5)]], "returned int '7' in a hit, not Hit(id: str, score: float)"),  # type: ignore[arg-type]
        ([[Hit("a", None)]], "returned None in a hit, not Hit(id: str, score: float)"),  # type: ignore[arg-type]
        ([[Hit("a", float("nan"))]], "returned nan as a cosine similarity"),
        ([[Hit("a", 8.13)]], "returned 8.13 as a cosine similarity"),
        ([[Hit("a", 0.1)] * 3], "returned 3 hits where at most 2 were requested"),
        (
            [[Hit("a", 0.1), Hit("b", 0.9)]],
            "returned hits that are not sorted best first, ties by id: list \"[('a', 0.1), ('b', 0.9)]\"",
        ),
    ],
)
def test_a_wrong_answer_is_named(hits: Any, line: str) -> None:
    with pytest.raises(PluginFailed) as failed:
        guard_index(Told(hits), ORIGIN).search(QUERY, 2)
    assert str(failed.value) == f"{ACME} {line}"


def test_every_method_goes_through_the_guard(tmp_path: Path) -> None:
    index = guard_index(Told([[Hit("a", 1.0)]]), ORIGIN)
    index.add(["a", "b"], np.eye(2, dtype=np.float32))
    index.remove(["b"])
    assert len(index) == 1
    assert index.search(QUERY, 2) == [[Hit("a", 1.0)]]
    with pytest.raises(PluginFailed, match=r"^the index 'acme' \(acme-ann 0.3\) failed in save: OSError: disk full$"):
        index.save(tmp_path)
    with pytest.raises(MissingArtifact, match=r"^the index 'acme' \(acme-ann 0.3\): no index at "):
        index.load(tmp_path)


def test_what_it_refuses_by_itself_keeps_its_class() -> None:
    index = guard_index(FlatIndex(2), ORIGIN)
    with pytest.raises(BadInput, match=r"^the index 'acme' \(acme-ann 0.3\): the vectors to add have a duplicate id"):
        index.add(["a", "a"], np.eye(2, dtype=np.float32))


def test_what_is_no_index_is_refused_when_it_is_made() -> None:
    with pytest.raises(PluginFailed) as failed:
        guard_index([], ORIGIN)
    assert str(failed.value) == f"{ACME} is not an index: it has no method add"
