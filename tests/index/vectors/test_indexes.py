"""The contract of every index, and agreement between FAISS and NumPy."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import BadInput, BadSetting, MissingArtifact, StaleArtifact
from index.vectors import faiss_index
from index.vectors import flat_index as vectors
from index.vectors.base import Hit, Matrix, VectorIndex
from index.vectors.faiss_index import FaissIndex
from index.vectors.flat_index import FlatIndex

Create = Callable[[int], VectorIndex]
AXES: Matrix = np.eye(3, dtype=np.float32)

create_index = pytest.mark.parametrize("create", [vectors.create, faiss_index.create], ids=["flat", "faiss"])


def unit(rows: Matrix) -> Matrix:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def random_unit(seed: int, rows: int, dim: int) -> Matrix:
    return unit(np.random.default_rng(seed).standard_normal((rows, dim), np.float32))


@create_index
def test_an_empty_index_finds_nothing(create: Create) -> None:
    index = create(3)
    assert len(index) == 0
    assert index.search(AXES, 5) == [[], [], []]
    index.add([], np.zeros((0, 3), np.float32))
    index.remove(["a"])
    assert len(index) == 0


@create_index
def test_hits_come_with_their_cosine_similarity_best_first(create: Create) -> None:
    index = create(2)
    index.add(["east", "north", "west"], np.array([[1, 0], [0, 1], [-1, 0]], np.float32))
    [hits, other] = index.search(np.array([[0.6, 0.8], [-1, 0]], np.float32), 3)
    assert [hit.id for hit in hits] == ["north", "east", "west"]
    assert [hit.score for hit in hits] == pytest.approx([0.8, 0.6, -0.6])
    assert other == [Hit("west", 1.0), Hit("north", 0.0), Hit("east", -1.0)]
    assert [type(hit.score) for hit in hits] == [float] * 3


@create_index
def test_no_more_hits_come_than_there_are_vectors(create: Create) -> None:
    index = create(3)
    index.add(["a", "b"], AXES[:2])
    assert index.search(AXES[:1], 10) == [[Hit("a", 1.0), Hit("b", 0.0)]]
    assert index.search(AXES[:1], 1) == [[Hit("a", 1.0)]]
    assert index.search(AXES[:2], 0) == [[], []]
    assert index.search(AXES[:1], -1) == [[]]
    assert index.search(AXES[:0], 5) == []


@create_index
@pytest.mark.parametrize("order", ["abcdef", "fedcba", "cafebd"])
def test_ties_break_by_id_also_at_the_last_place(create: Create, order: str) -> None:
    index = create(3)
    index.add(list(order), AXES[[0] * 6])
    index.add(["near"], unit(np.array([[3, 4, 0]], np.float32)))
    for k in range(1, 7):
        assert index.search(AXES[:1], k) == [[Hit(id, 1.0) for id in "abcdef"[:k]]]
    [hits] = index.search(AXES[1:2], 3)
    assert [hit.id for hit in hits] == ["near", "a", "b"]
    assert [hit.score for hit in hits] == pytest.approx([0.8, 0, 0])


@create_index
def test_an_id_that_is_added_again_is_replaced(create: Create) -> None:
    index = create(3)
    index.add(["a", "b"], AXES[:2])
    index.add(["c", "a"], AXES[[0, 2]])
    assert len(index) == 3
    assert index.search(AXES[[0, 2]], 1) == [[Hit("c", 1.0)], [Hit("a", 1.0)]]


@create_index
def test_removed_vectors_are_found_no_more_and_unknown_ids_passed_over(create: Create) -> None:
    index = create(3)
    index.add(["a", "b", "c"], AXES)
    index.remove(["b", "b", "unknown"])
    index.remove([])
    assert len(index) == 2
    assert [hit.id for hit in index.search(AXES[1:2], 9)[0]] == ["a", "c"]
    index.remove(["a", "c"])
    assert index.search(AXES[:1], 9) == [[]]
    index.add(["a"], AXES[:1])
    assert index.search(AXES[:1], 9) == [[Hit("a", 1.0)]]


@create_index
def test_a_saved_index_is_loaded_the_same_and_can_be_changed(create: Create, tmp_path: Path) -> None:
    data = random_unit(1, 40, 8)
    ids = [f"产品 {number}\"'\n" for number in range(40)]
    index = create(8)
    index.add(ids, data)
    index.remove(ids[:5])
    index.save(tmp_path)
    loaded = create(8)
    loaded.add(["other"], data[:1])
    loaded.load(tmp_path)
    assert len(loaded) == 35
    assert loaded.search(data, 10) == index.search(data, 10)
    loaded.add(["new", ids[7]], data[[0, 1]])
    assert len(loaded) == 36
    assert [hits[0].id for hits in loaded.search(data[[0, 1, 8]], 1)] == ["new", ids[7], ids[8]]
    assert len(index) == 35


@create_index
def test_an_empty_index_is_saved_and_loaded(create: Create, tmp_path: Path) -> None:
    create(3).save(tmp_path)
    index = create(3)
    index.add(["a"], AXES[:1])
    index.load(tmp_path)
    assert len(index) == 0
    index.add(["b"], AXES[:1])
    assert index.search(AXES[:1], 2) == [[Hit("b", 1.0)]]


@create_index
def test_loading_where_nothing_was_saved_is_refused(create: Create, tmp_path: Path) -> None:
    with pytest.raises(MissingArtifact, match=r"no index at .*missing"):
        create(3).load(tmp_path / "missing")


@create_index
def test_loading_vectors_of_another_width_is_refused_and_changes_nothing(create: Create, tmp_path: Path) -> None:
    saved = create(3)
    saved.add(["a"], AXES[:1])
    saved.save(tmp_path)
    index = create(2)
    index.add(["b"], np.array([[1, 0]], np.float32))
    with pytest.raises(StaleArtifact, match="does not match its ids or the encoder; run fit again"):
        index.load(tmp_path)
    assert index.search(np.array([[1, 0]], np.float32), 1) == [[Hit("b", 1.0)]]


@create_index
@pytest.mark.parametrize(
    ("ids", "shape", "message"),
    [
        (["a"], (1, 4), r"1 ids need vectors of shape \(1, 3\), not \(1, 4\)"),
        (["a"], (2, 3), r"1 ids need vectors of shape \(1, 3\), not \(2, 3\)"),
        (["a", "b", "c"], (3,), r"3 ids need vectors of shape \(3, 3\), not \(3,\)"),
        (["a", "b", "a"], (3, 3), "the vectors to add have a duplicate id"),
    ],
)
def test_vectors_that_do_not_fit_are_refused_and_nothing_is_added(
    create: Create, ids: list[str], shape: tuple[int, ...], message: str
) -> None:
    index = create(3)
    index.add(["a"], AXES[:1])
    with pytest.raises(BadInput, match=message):
        index.add(ids, np.zeros(shape, np.float32))
    assert index.search(AXES[:1], 5) == [[Hit("a", 1.0)]]


@create_index
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_that_are_no_numbers_are_refused(create: Create, value: float) -> None:
    with pytest.raises(BadInput, match="NaN or infinity; the encoder's weights may be damaged"):
        create(3).add(["a"], np.array([[1, value, 0]], np.float32))


@create_index
@pytest.mark.parametrize("shape", [(1, 2), (3,), (1, 1, 3)])
def test_queries_of_another_shape_are_refused(create: Create, shape: tuple[int, ...]) -> None:
    index = create(3)
    index.add(["a"], AXES[:1])
    with pytest.raises(BadInput, match=r"queries must have shape \(n, 3\), not "):
        index.search(np.zeros(shape, np.float32), 1)


@create_index
def test_double_precision_and_other_memory_orders_are_taken(create: Create) -> None:
    index = create(3)
    index.add(("a", "b", "c"), np.asfortranarray(AXES[[1, 2, 0]], np.float64))
    assert index.search(np.asfortranarray(AXES, np.float64), 1) == [[Hit("c", 1.0)], [Hit("a", 1.0)], [Hit("b", 1.0)]]


def same(found: list[list[Hit]], expected: list[list[Hit]]) -> None:
    assert [[hit.id for hit in hits] for hits in found] == [[hit.id for hit in hits] for hits in expected]
    assert [hit.score for hits in found for hit in hits] == pytest.approx(
        [hit.score for hits in expected for hit in hits], abs=1e-5
    )


@pytest.mark.parametrize(("rows", "dim", "k"), [(2000, 384, 20), (500, 64, 500), (30, 7, 100)])
@pytest.mark.parametrize("queries", [1, 50])
def test_faiss_finds_the_same_ids_and_scores_as_numpy(rows: int, dim: int, k: int, queries: int) -> None:
    data, asked = random_unit(rows, rows, dim), random_unit(7, queries, dim)
    ids = [f"{number * 7919 % rows}" for number in range(rows)]
    flat, faiss = FlatIndex(dim), FaissIndex(dim)
    for index in (flat, faiss):
        index.add(ids, data)
        index.remove(ids[::3])
        index.add(ids[:5], -data[:5])
    assert len(flat) == len(faiss)
    same(faiss.search(asked, k), flat.search(asked, k))


# Only a few distinct vectors, for many exact ties.
PLACES = st.sampled_from([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.6, 0.8)])
CHANGES = st.lists(
    st.tuples(st.booleans(), st.lists(st.tuples(st.sampled_from("abcdefgh"), PLACES), unique_by=lambda each: each[0]))
)


@settings(deadline=None, max_examples=50)
@given(CHANGES, st.integers(1, 10))
def test_faiss_and_numpy_agree_after_any_changes_also_on_ties(
    changes: list[tuple[bool, list[tuple[str, tuple[float, float]]]]], k: int
) -> None:
    flat, faiss = FlatIndex(2), FaissIndex(2)
    for adds, entries in changes:
        ids = [id for id, _ in entries]
        for index in (flat, faiss):
            if adds:
                index.add(ids, np.array([place for _, place in entries], np.float32).reshape(-1, 2))
            else:
                index.remove(ids)
    queries = np.array([[1, 0], [0, -1]], np.float32)
    assert len(flat) == len(faiss)
    assert faiss.search(queries, k) == flat.search(queries, k)


def test_a_faiss_index_whose_ids_are_too_few_is_refused(tmp_path: Path) -> None:
    index = FaissIndex(3)
    index.add(["a", "b"], AXES[:2])
    index.save(tmp_path)
    saved = json.loads((tmp_path / "ids.json").read_text())
    del saved["ids"]["b"]
    (tmp_path / "ids.json").write_text(json.dumps(saved))
    with pytest.raises(StaleArtifact, match="does not match its ids"):
        FaissIndex(3).load(tmp_path)


def test_a_width_below_one_is_refused() -> None:
    with pytest.raises(BadSetting, match="vectors need at least one dimension, not 0"):
        faiss_index.create(0)


def test_faiss_stays_on_the_cpu_where_it_is_told_to() -> None:
    index = faiss_index.create(3, gpu=False)
    index.add(["a"], AXES[:1])
    index.remove(["a"])
    assert len(index) == 0
