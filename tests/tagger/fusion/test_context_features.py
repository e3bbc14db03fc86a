from math import log

import numpy as np
import pytest

from index.product import Product
from tagger.fusion.context_features import COMPANY, context_features
from tagger.fusion.cooccurrence import TagStatistics

# 20 products: 10 are mugs, 10 are lamps; 4 mugs are steel, and 1 lamp is.
STATISTICS = TagStatistics.of(
    [
        Product(str(number), "x", tags=(kind, "steel") if steel else (kind,))
        for kind, of_steel in (("mug", 4), ("lamp", 1))
        for number, steel in enumerate([True] * of_steel + [False] * (10 - of_steel))
    ]
)


def _of(**probabilities: float) -> dict[str, dict[str, float]]:
    rows = context_features(
        list(probabilities), [0, len(probabilities)], np.array(list(probabilities.values())), STATISTICS
    )
    return {tag: dict(zip(COMPANY, row, strict=True)) for tag, row in zip(probabilities, rows.tolist(), strict=True)}


def test_each_tag_is_ranked_by_its_first_probability_and_sums_what_is_above_it() -> None:
    found = _of(lamp=0.2, mug=0.8, steel=0.5)
    assert [found[tag]["probability"] for tag in ("mug", "steel", "lamp")] == [0.8, 0.5, 0.2]
    assert [found[tag]["rank"] for tag in ("mug", "steel", "lamp")] == [0, 1, 2]
    assert [found[tag]["share of best"] for tag in ("mug", "steel", "lamp")] == pytest.approx([1, 0.5 / 0.8, 0.2 / 0.8])
    assert [found[tag]["sum"] for tag in ("mug", "steel", "lamp")] == pytest.approx([1.5] * 3)
    assert [found[tag]["sum above"] for tag in ("mug", "steel", "lamp")] == pytest.approx([0, 0.8, 0.8 + 0.5])


def test_tags_that_are_as_probable_as_each_other_are_ranked_as_they_come() -> None:
    found = _of(lamp=0.4, mug=0.4)
    assert [(found[tag]["rank"], found[tag]["sum above"]) for tag in ("lamp", "mug")] == [(0, 0), (1, 0.4)]


def test_a_tag_is_implied_by_those_that_it_often_comes_with() -> None:
    mug = _of(mug=0.3, lamp=0.2, steel=0.6)["mug"]
    # P(mug | steel) = 4 / (5 + 1), P(mug | lamp) = 0 / (10 + 1).
    assert mug["implied by one"] == pytest.approx(0.6 * 4 / 6)
    assert mug["implied by all"] == pytest.approx((0.6 * 4 / 6 + 0.2 * 0) / (0.6 + 0.2))


def test_what_implies_it_least_counts_only_where_it_is_sure() -> None:
    # P(steel | mug) = 4 / (10 + 1), P(steel | lamp) = 1 / (10 + 1).
    assert _of(steel=0.3, mug=0.9, lamp=0.6)["steel"]["implied by the sure"] == pytest.approx(1 / 11)
    assert _of(steel=0.3, mug=0.9, lamp=0.4)["steel"]["implied by the sure"] == pytest.approx(4 / 11)
    # A tag does not count for itself, and a probability of one half is not sure.
    assert np.isnan(_of(steel=0.9, mug=0.5)["steel"]["implied by the sure"])


def test_tags_that_are_never_together_exclude_each_other_the_more_often_chance_would_have_them_so() -> None:
    found = _of(mug=0.7, lamp=0.6)
    # By chance 10 * 10 / 20 = 5 products would have both; none has: (1 - 0 / 5) * 5 / (5 + 2).
    assert found["lamp"]["excluded by one"] == pytest.approx(0.7 * 5 / 7)
    assert found["mug"]["excluded by one"] == pytest.approx(0.6 * 5 / 7)
    assert found["lamp"]["lead over what excludes it"] == pytest.approx(0.6 - 0.7)
    assert found["mug"]["lead over what excludes it"] == pytest.approx(0.7 - 0.6)


def test_what_excludes_a_tag_adds_up() -> None:
    found = _of(lamp=0.6, mug=0.7, steel=0.5)["lamp"]
    # With steel: 10 * 5 / 20 = 2.5 by chance, 1 in fact: (1 - 1 / 2.5) * 2.5 / (2.5 + 2) = 1 / 3.
    assert found["excluded by one"] == pytest.approx(0.7 * 5 / 7)
    assert found["excluded by all"] == pytest.approx(0.7 * 5 / 7 + 0.5 / 3)
    # One third is less than one half, so steel does not count as excluding it.
    assert _of(lamp=0.6, steel=0.9)["lamp"]["lead over what excludes it"] == pytest.approx(0.6)


def test_tags_that_go_together_more_often_than_by_chance_exclude_nothing() -> None:
    found = _of(mug=0.7, steel=0.5)
    # 2.5 by chance, 4 in fact.
    assert (found["mug"]["excluded by one"], found["mug"]["excluded by all"]) == (0, 0)
    assert found["mug"]["lift"] == pytest.approx(0.5 * log((4 + 0.5) / (2.5 + 0.5)))


def test_lift_is_the_sum_over_the_others_by_their_probability() -> None:
    steel = _of(steel=0.9, mug=0.5, lamp=0.2)["steel"]
    assert steel["lift"] == pytest.approx(0.5 * log(4.5 / 3) + 0.2 * log(1.5 / 3))


def test_a_tag_that_no_product_has_is_neither_implied_nor_excluded() -> None:
    new = _of(new=0.4, mug=0.8)["new"]
    assert (new["implied by one"], new["implied by all"], new["implied by the sure"]) == (0, 0, 0)
    assert (new["excluded by one"], new["excluded by all"], new["lift"]) == (0, 0, 0)
    assert new["lead over what excludes it"] == pytest.approx(0.4)


def test_a_tag_alone_has_no_company() -> None:
    [alone] = _of(mug=0.6).values()
    assert (alone["rank"], alone["share of best"], alone["sum"], alone["sum above"]) == (0, 1, 0.6, 0)
    assert (alone["implied by one"], alone["implied by all"], alone["excluded by all"], alone["lift"]) == (0, 0, 0, 0)
    assert np.isnan(alone["implied by the sure"])


def test_no_tag_and_no_product_have_numbers_too() -> None:
    assert context_features([], [0], np.zeros(0), STATISTICS).shape == (0, len(COMPANY))
    assert context_features([], [0, 0], np.zeros(0), STATISTICS).shape == (0, len(COMPANY))
    rows = context_features(["mug", "red"], [0, 2], np.array([0.0, 0.0]), TagStatistics.of([]))
    assert rows.shape == (2, 12)
    # Only "implied by the sure" is missing; everything else is finite even if all probabilities are 0.
    assert np.isfinite(np.delete(rows, COMPANY.index("implied by the sure"), axis=1)).all()


def test_the_order_of_the_candidates_does_not_matter() -> None:
    forth = _of(steel=0.9, mug=0.5, lamp=0.2)
    back = _of(lamp=0.2, mug=0.5, steel=0.9)
    for tag, numbers in forth.items():
        assert back[tag] == pytest.approx(numbers, nan_ok=True)
