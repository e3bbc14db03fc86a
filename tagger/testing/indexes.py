"""Conformance checks for indexes, against exact search in NumPy."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from index.vectors.base import Hit, Matrix, VectorIndex
from index.vectors.flat_index import FlatIndex
from index.vectors.guarded_index import wrong_hits
from tagger.testing.saved_files import check_no_pickle

_DIM, _COUNT, _QUERIES = 16, 200, 20
_TOLERANCE = 1e-3


def check_index(make: Callable[[int], VectorIndex], folder: Path) -> None:
    """Check searching, ties, replacing, removing and saving.

    `make` returns a new, empty index of the given dimension; `folder` is empty and writable. A score may be off by
    0.001, so that an index may store its vectors in half precision.
    """
    _check_empty(make(_DIM))
    _check_ties(make(_DIM))
    index, reference = make(_DIM), FlatIndex(_DIM)
    vectors = _unit_rows(_COUNT, seed=0)
    for each in (index, reference):
        each.add([f"id {place}" for place in range(_COUNT)], vectors)
    _check_searches(index, reference)
    for each in (index, reference):
        each.add(["id 3", "id 4"], -vectors[3:5])
        each.remove(["id 7", "id 8", "never there"])
    _check_searches(index, reference)
    index.save(folder)
    check_no_pickle(folder)
    loaded = make(_DIM)
    loaded.add(["gone after loading"], vectors[:1])
    loaded.load(folder)
    _check_searches(loaded, reference)


def _check_empty(index: VectorIndex) -> None:
    assert len(index) == 0, f"a new index has the length {len(index)}"
    index.add([], np.zeros((0, _DIM), np.float32))
    index.remove(["never there"])
    assert _search(index, _unit_rows(2, seed=1), 3) == [[], []], "an empty index finds something"


def _check_ties(index: VectorIndex) -> None:
    """Check that equal vectors are ordered by id, also at the k-th place."""
    [vector] = _unit_rows(1, seed=2)
    index.add(["c", "a", "d", "b"], np.stack([vector] * 4))
    for k in (0, 2, 4, 9):
        [hits] = _search(index, vector[None], k)
        found, expected = [hit.id for hit in hits], ["a", "b", "c", "d"][:k]
        assert found == expected, f"equal vectors come as {found}, not {expected}: ties are by id"


def _check_searches(index: VectorIndex, reference: FlatIndex) -> None:
    assert len(index) == len(reference), f"{len(index)} vectors instead of {len(reference)}"
    queries = _unit_rows(_QUERIES, seed=3)
    everything = reference.search(queries, len(reference))
    for k in (1, 10, len(reference), len(reference) + 5):
        found = _search(index, queries, k)
        for hits, exact in zip(found, everything, strict=True):
            _check_hits(hits, exact, k)


def _check_hits(hits: Sequence[Hit], exact: Sequence[Hit], k: int) -> None:
    """Check scores rather than ids, since rounding may swap near ties."""
    score_of = dict(exact)
    assert len(hits) == min(k, len(exact)), f"{len(hits)} hits instead of {min(k, len(exact))}"
    for hit, best in zip(hits, exact, strict=False):
        assert hit.id in score_of, f"{hit.id!r} is found but not in the index"
        true = score_of[hit.id]
        assert abs(hit.score - true) <= _TOLERANCE, f"{hit.id!r} has the score {hit.score:g}, its cosine is {true:g}"
        assert true >= best.score - _TOLERANCE, f"{hit.id!r} is found although {best.id!r} is nearer"


def _search(index: VectorIndex, queries: Matrix, k: int) -> list[list[Hit]]:
    given = queries.copy()
    hits = index.search(queries, k)
    assert np.array_equal(queries, given), "search changes its queries"
    wrong = wrong_hits(hits, len(queries), k)
    assert not wrong, f"search returned {wrong}"
    return hits


def _unit_rows(count: int, seed: int) -> Matrix:
    rows = np.random.default_rng(seed).standard_normal((count, _DIM), np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
