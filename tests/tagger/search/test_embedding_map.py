from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index.catalogue.catalogue import Catalogue
from index.catalogue.database import Database
from index.catalogue.tag_edit import TagChange
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.errors import MissingArtifact
from index.product import Product
from index.progress import silent
from index.vectors.base import Matrix
from tagger.search.browse import Browser
from tagger.search.embedding_map import LANGUAGE, CatalogueMap, principal, without_language
from tagger.search.similarity import SimilarityIndex

COLOURS = ("red", "blue", "green")
PRODUCTS = [
    Product(f"p{n}", f"{COLOURS[n % 3]} {n}", "", "zh" if n % 2 else "en", (COLOURS[n % 3], "shop")) for n in range(30)
]


class Coloured:
    """Encodes texts of the same colour close to each other."""

    name, dim = "coloured", 8

    def encode(self, texts: Sequence[str]) -> Matrix:
        rows = np.zeros((len(texts), self.dim), np.float32)
        for row, text in zip(rows, texts, strict=True):
            colour, _, number = text.partition(" ")
            row[COLOURS.index(colour)] = 1
            row[3 + int(number) % 5] = 0.1
        unit: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    catalogue = Catalogue(Database(tmp_path / "catalogue.duckdb"))
    catalogue.create()
    catalogue.upsert(PRODUCTS)
    return catalogue


@pytest.fixture
def similarity_index(catalogue: Catalogue, tmp_path: Path) -> SimilarityIndex:
    encoder = CachedEncoder(Coloured(), VectorCache(tmp_path / "vectors"))
    encoder.warm([each.text for each in PRODUCTS], silent)
    return SimilarityIndex(catalogue, encoder)


@pytest.fixture
def mapped(catalogue: Catalogue, similarity_index: SimilarityIndex) -> Callable[[int], CatalogueMap]:
    browser = Browser(catalogue, lambda: similarity_index)
    return lambda most: CatalogueMap(browser, lambda: similarity_index, most=most)


def test_vectors_that_a_fit_has_made_are_drawn_though_no_product_has_come(catalogue: Catalogue, tmp_path: Path) -> None:
    encoder = CachedEncoder(Coloured(), VectorCache(tmp_path / "vectors"))
    encoder.warm([each.text for each in PRODUCTS[:10]], silent)
    opened = [SimilarityIndex(catalogue, encoder)]
    drawing = CatalogueMap(Browser(catalogue, lambda: opened[-1]), lambda: opened[-1])
    assert len(drawing.chart(LANGUAGE).points) == 10
    encoder.warm([each.text for each in PRODUCTS], silent)
    opened.append(SimilarityIndex(catalogue, encoder))
    assert len(drawing.chart(LANGUAGE).points) == 30


def test_products_of_one_group_lie_together_in_one_colour(mapped: Callable[[int], CatalogueMap]) -> None:
    chart = mapped(100).chart("")
    assert chart.groups == [("blue", 10), ("green", 10), ("red", 10)]
    assert (chart.others, chart.without, chart.total, len(chart.points)) == (0, 0, 30, 30)
    assert chart.explained > 0.9
    centres = {}
    for number in range(3):
        places = np.array([(each.x, each.y) for each in chart.points if each.group == number])
        assert places.std(axis=0).max() < 0.1
        centres[number] = places.mean(axis=0)
    assert min(np.linalg.norm(centres[a] - centres[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > 0.5


def test_points_are_coloured_by_what_was_chosen_under_the_names_of_now(
    mapped: Callable[[int], CatalogueMap], catalogue: Catalogue
) -> None:
    drawn = mapped(100)
    assert drawn.facets() == ["", LANGUAGE]
    assert dict(drawn.chart(LANGUAGE).groups) == {"en": 15, "zh": 15}
    nowhere = drawn.chart("material")
    assert (nowhere.groups, nowhere.without) == ([], 30)
    catalogue.edits.add(TagChange("merge", "red", "blue"))
    assert drawn.chart("").groups == [("blue", 20), ("green", 10)]


def test_only_so_many_are_named_and_the_rest_are_others(
    catalogue: Catalogue, similarity_index: SimilarityIndex
) -> None:
    catalogue.upsert([Product(each.id, each.title, "", each.lang, (f"tag {each.id}",)) for each in PRODUCTS])
    chart = CatalogueMap(Browser(catalogue, lambda: similarity_index), lambda: similarity_index).chart("")
    assert (len(chart.groups), chart.others) == (8, 22)
    assert sum(each.group is None for each in chart.points) == 22


def test_of_a_large_catalogue_a_sample_is_drawn_that_stays_when_others_come(
    mapped: Callable[[int], CatalogueMap], catalogue: Catalogue
) -> None:
    drawn = mapped(10)
    chart = drawn.chart("")
    ids = {each.product.id for each in chart.points}
    assert (len(ids), chart.total) == (10, 30)
    assert {each.product.id for each in mapped(10).chart("").points} == ids
    catalogue.delete(sorted({each.id for each in PRODUCTS} - ids)[:15])
    again = drawn.chart("")
    assert ({each.product.id for each in again.points}, again.total) == (ids, 15)


def test_a_decision_on_tags_leaves_every_point_in_its_place(
    mapped: Callable[[int], CatalogueMap], catalogue: Catalogue
) -> None:
    drawn = mapped(20)
    before = drawn.chart("")
    catalogue.edits.add(TagChange("rename", "red", "crimson"))
    after = drawn.chart("")
    assert [(each.x, each.y) for each in before.points] == [(each.x, each.y) for each in after.points]
    assert ("crimson" in dict(before.groups), "crimson" in dict(after.groups)) == (False, True)


def test_without_vectors_there_are_no_points_and_without_models_it_is_said(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    none = SimilarityIndex(catalogue, CachedEncoder(Coloured(), VectorCache(tmp_path / "others")))
    assert CatalogueMap(Browser(catalogue, lambda: none), lambda: none).chart("").points == []

    def refused() -> SimilarityIndex:
        raise MissingArtifact("no models yet")

    with pytest.raises(MissingArtifact, match="no models yet"):
        CatalogueMap(Browser(catalogue, refused), refused).chart("")


def test_the_axes_are_the_principal_components() -> None:
    vectors = np.random.default_rng(7).normal(size=(200, 6)).astype(np.float32) * np.array(
        [5, 3, 1, 1, 1, 1], np.float32
    )
    positions, explained = principal(vectors)
    centred = vectors - vectors.mean(axis=0)
    left, values, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    assert explained == pytest.approx((values[:2] ** 2).sum() / (values**2).sum(), abs=1e-6)
    inside = ((positions > 0) & (positions < 1)).all(axis=1)
    for axis in range(2):
        expected = left[:, axis] * values[axis]
        assert abs(np.corrcoef(expected[inside], positions[inside, axis])[0, 1]) == pytest.approx(1, abs=1e-6)
    assert (positions.min(), positions.max()) == (0, 1)


@given(arrays(np.float32, st.tuples(st.integers(0, 6), st.integers(2, 5)), elements=st.floats(-1, 1, width=32)))
def test_whatever_the_vectors_every_point_is_on_the_map(vectors: Matrix) -> None:
    positions, explained = principal(vectors)
    assert positions.shape == (len(vectors), 2)
    assert ((positions >= 0) & (positions <= 1)).all()
    assert 0 <= explained <= 1 + 1e-9


def test_a_language_by_itself_moves_no_product() -> None:
    rows = np.array([[0, 0], [0, 2], [5, 0], [5, 2]], np.float32)
    assert without_language(rows, ["en", "en", "zh", "zh"]).tolist() == [[0, -1], [0, 1], [0, -1], [0, 1]]
    assert without_language(rows[:0], []).shape == (0, 2)
