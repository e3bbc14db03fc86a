from collections.abc import Sequence
from math import cos, exp, radians, sin
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import BadSetting
from index.neighbours import Neighbours
from index.product import Product
from index.vectors.base import Hit, Matrix
from index.vectors.flat_index import FlatIndex
from tagger.plugins import Resources
from tagger.taggers.knn import KnnTagger, create, fit_temperature, votes, weights
from tagger.types import Evidence, Neighbour

NEAR, FAR = Hit("near", 0.9), Hit("far", 0.8)
TAGS = {"near": ("mug", "red"), "far": ("mug", "blue")}


class Degrees:
    """Encodes a text that is an angle in degrees: similarity is the cosine of the difference."""

    name = "degrees"
    dim = 2

    def encode(self, texts: Sequence[str]) -> Matrix:
        angles = [radians(float(text)) for text in texts]
        return np.array([(cos(angle), sin(angle)) for angle in angles], np.float32).reshape(-1, 2)


def knn(neighbours: int = 20, shown: int = 5) -> KnnTagger:
    return KnnTagger(Neighbours(Degrees(), FlatIndex, neighbours), shown=shown, seed=0)


def test_a_neighbours_weight_is_the_softmax_of_its_similarity() -> None:
    # The ratio of exp(0.9 / 0.05) to exp(0.8 / 0.05) is 1 to exp(-2).
    assert weights([NEAR, FAR], 0.05) == [pytest.approx(1 / (1 + exp(-2))), pytest.approx(exp(-2) / (1 + exp(-2)))]
    assert weights([NEAR, FAR], 0.05)[0] == pytest.approx(0.880797, abs=1e-6)
    assert weights([], 0.05) == []


def test_a_tag_has_the_weights_of_the_neighbours_that_have_it() -> None:
    shares = votes([NEAR, FAR], TAGS, 0.1)
    assert shares == {
        "mug": pytest.approx(1),
        "red": pytest.approx(1 / (1 + exp(-1))),
        "blue": pytest.approx(exp(-1) / (1 + exp(-1))),
    }


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20), st.floats(0.005, 0.15))
def test_the_weights_add_up_to_one_and_the_nearer_has_no_less(similarities: list[float], temperature: float) -> None:
    hits = [Hit(str(number), score) for number, score in enumerate(sorted(similarities, reverse=True))]
    shares = weights(hits, temperature)
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(
    ("near_is_right", "expected"),
    [
        # The near neighbour's vote is p = 1 / (1 + exp(-0.1 / t)). If it is right n times out of m, the log loss
        # -2 n ln p - 2 (m - n) ln (1 - p) has its minimum at p = n / m.
        ([True], 0.005),  # p = 1: the sharpest temperature
        ([False], 0.15),  # p = 0: the flattest temperature
        ([True, True, True, False], 0.08),  # p = 3/4 would be 0.1 / ln 3 = 0.091; 0.08 gives .777, 0.15 only .661
        ([True] * 9 + [False], 0.05),  # p = 9/10 would be 0.1 / ln 9 = 0.0455
    ],
)
def test_the_temperature_is_the_one_that_predicts_best(near_is_right: list[bool], expected: float) -> None:
    gold = [("red",) if right else ("blue",) for right in near_is_right]
    tags_of = {"near": ("red",), "far": ("blue",)}
    assert fit_temperature(gold, [[NEAR, FAR]] * len(gold), tags_of) == expected


def test_a_tag_that_no_neighbour_has_is_finite_loss() -> None:
    assert fit_temperature([("green",)], [[NEAR]], TAGS) == 0.005


def test_the_nearest_products_vote() -> None:
    tagger = knn()
    tagger.fit([Product("a", "0", tags=("mug", "red")), Product("b", "10", tags=("mug",))])
    [ranking] = tagger.suggest([Product("p", "2")], 5)
    [evidence] = tagger.explain([Product("p", "2")], [["mug", "red", "lamp"]])
    near, far = cos(radians(2)), cos(radians(8))
    # Each product has the other as its only neighbour, so all temperatures tie, and the sharpest wins: 0.005.
    red = 1 / (1 + exp((far - near) / 0.005))
    assert ranking == [("mug", pytest.approx(1)), ("red", pytest.approx(red, rel=1e-3))]
    assert evidence == {
        "mug": Evidence(
            neighbours=(
                Neighbour("a", "0", pytest.approx(near), pytest.approx(red, rel=1e-3), 1),
                Neighbour("b", "10", pytest.approx(far), pytest.approx(1 - red, rel=1e-2), 2),
            )
        ),
        "red": Evidence(neighbours=(Neighbour("a", "0", pytest.approx(near), pytest.approx(red, rel=1e-3), 1),)),
    }


def test_a_product_in_the_index_is_not_its_own_neighbour() -> None:
    tagger = knn(neighbours=1)
    learnt = [Product("a", "0", tags=("red",)), Product("b", "10", tags=("blue",)), Product("c", "60", tags=("green",))]
    tagger.fit(learnt)
    assert [ranking[0].tag for ranking in tagger.suggest(learnt, 5)] == ["blue", "red", "blue"]


def test_no_more_neighbours_are_shown_than_the_setting_says() -> None:
    tagger = knn(shown=2)
    tagger.fit([Product(str(angle), str(angle), tags=("mug",)) for angle in range(6)])
    [evidence] = tagger.explain([Product("p", "0")], [["mug"]])
    assert [each.id for each in evidence["mug"].neighbours] == ["0", "1"]


def test_a_neighbour_without_a_title_is_called_by_its_description() -> None:
    tagger = knn()
    tagger.fit([Product("a", "", "0." + "0" * 100, tags=("mug",))])
    [evidence] = tagger.explain([Product("p", "0")], [["mug"]])
    assert evidence["mug"].neighbours[0].title == "0." + "0" * 78


def test_the_only_product_has_no_neighbour_to_learn_from() -> None:
    tagger = knn()
    tagger.fit([Product("a", "0", tags=("mug",))])
    assert tagger.suggest([Product("p", "45"), Product("a", "0")], 5) == [[("mug", 1.0)], []]


def test_without_learning_there_is_nothing_to_suggest() -> None:
    tagger = knn()
    assert tagger.suggest([Product("p", "45")], 5) == [[]]
    assert tagger.explain([Product("p", "45")], [["mug"]]) == [{}]


def test_learning_again_forgets_what_was_learnt_before() -> None:
    tagger = knn()
    tagger.fit([Product("a", "0", tags=("mug",))])
    tagger.fit([Product("b", "0", tags=("lamp",))])
    assert tagger.suggest([Product("p", "0")], 5) == [[("lamp", 1.0)]]


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    tagger = knn()
    tagger.fit([Product(str(angle), str(angle), tags=("mug", str(angle % 3))) for angle in range(0, 50, 5)])
    tagger.save(tmp_path)
    loaded = knn()
    loaded.load(tmp_path)
    asked = [Product("p", "7"), Product("q", "33")]
    assert loaded.suggest(asked, 9) == tagger.suggest(asked, 9)
    assert loaded.explain(asked, [["mug"]] * 2) == tagger.explain(asked, [["mug"]] * 2)


def test_no_neighbours_is_refused(resources: Resources) -> None:
    with pytest.raises(BadSetting, match="neighbours must be at least 1, not 0"):
        create(resources, neighbours=0)
