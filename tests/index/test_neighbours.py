from collections.abc import Sequence
from math import cos, radians, sin
from pathlib import Path

import numpy as np
import pytest

from index.neighbours import Neighbours
from index.product import Product
from index.vectors.base import Matrix
from index.vectors.flat_index import FlatIndex


class Degrees:
    """Encodes a text that is an angle in degrees: similarity is the cosine of the difference."""

    name = "degrees"
    dim = 2

    def encode(self, texts: Sequence[str]) -> Matrix:
        angles = [radians(float(text)) for text in texts]
        return np.array([(cos(angle), sin(angle)) for angle in angles], np.float32).reshape(-1, 2)


PRODUCTS = [Product(name, title, tags=(f"tag {name}",)) for name, title in (("a", "0"), ("b", "10"), ("c", "90"))]


def fitted(k: int = 2) -> Neighbours:
    neighbours = Neighbours(Degrees(), FlatIndex, k)
    neighbours.fit(PRODUCTS)
    return neighbours


def test_the_nearest_come_first_with_their_cosine() -> None:
    [hits] = fitted().near([Product("new", "4")])
    assert [hit.id for hit in hits] == ["a", "b"]
    assert [hit.score for hit in hits] == [pytest.approx(cos(radians(4))), pytest.approx(cos(radians(6)))]


def test_a_product_is_not_its_own_neighbour() -> None:
    [hits] = fitted().near([PRODUCTS[0]])
    assert [hit.id for hit in hits] == ["b", "c"]


def test_tags_and_titles_are_known_by_id() -> None:
    neighbours = fitted()
    assert neighbours.tags["b"] == ("tag b",)
    assert neighbours.titles["c"] == "90"


def test_before_it_is_fitted_nothing_is_near() -> None:
    assert Neighbours(Degrees(), FlatIndex, 2).near(PRODUCTS[:1]) == [[]]
    assert fitted().near([]) == []


def test_fitting_again_forgets_those_of_before() -> None:
    neighbours = fitted()
    neighbours.fit(PRODUCTS[2:])
    assert [hit.id for hit in neighbours.near([Product("new", "0")])[0]] == ["c"]
    assert set(neighbours.tags) == {"c"}


def test_saved_and_loaded_it_finds_the_same(tmp_path: Path) -> None:
    before = fitted()
    before.save(tmp_path)
    after = Neighbours(Degrees(), FlatIndex, 2)
    after.load(tmp_path)
    assert after.near(PRODUCTS) == before.near(PRODUCTS)
    assert (after.tags, after.titles) == (before.tags, before.titles)
