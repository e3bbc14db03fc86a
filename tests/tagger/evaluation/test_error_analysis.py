import itertools

import pytest

from tagger.evaluation.error_analysis import (
    Bin,
    Confusion,
    Point,
    TagFigures,
    by_tag,
    confusions,
    precision_recall,
    reliability,
    share,
)
from tagger.types import Suggestion

GOLD = [("mug", "red"), ("mug",), ("lamp", "red"), ()]
ACCEPTED = [{"mug", "blue"}, {"mug"}, {"lamp", "blue"}, {"lamp"}]
RANKINGS = [
    [Suggestion("mug", 0.9), Suggestion("blue", 0.6), Suggestion("red", 0.2)],
    [Suggestion("mug", 0.9), Suggestion("red", 0.2)],
]


def test_each_tag_is_counted_where_it_is_wanted_accepted_and_both():
    assert by_tag(ACCEPTED, GOLD) == [
        TagFigures("mug", 2, 2, 2),
        TagFigures("red", 2, 0, 0),
        TagFigures("lamp", 1, 2, 1),
        TagFigures("blue", 0, 2, 0),
    ]


def test_a_tags_shares_are_those_of_its_counts():
    lamp = TagFigures("lamp", 1, 2, 1)
    assert (lamp.precision, lamp.recall, lamp.f1) == (1 / 2, 1.0, pytest.approx(2 / 3))
    never, unwanted = TagFigures("red", 2, 0, 0), TagFigures("blue", 0, 2, 0)
    assert (never.precision, never.recall, never.f1, unwanted.recall) == (0, 0, 0, 0)


def test_precision_and_recall_are_of_all_products_together():
    # mug (twice) and lamp (once) are right, out of six accepted and five wanted tags.
    assert share(ACCEPTED, GOLD) == (3 / 6, 3 / 5)
    assert share([set()], [()]) == (0, 0)


def test_a_confusion_is_a_missed_and_a_wrong_tag_of_the_same_product():
    # The last product has a wrong tag but misses none.
    assert confusions(ACCEPTED, GOLD, ["1", "2", "3", "4"], 5) == [Confusion("red", "blue", 2, "1")]
    assert confusions(ACCEPTED, GOLD, ["1", "2", "3", "4"], 0) == []


def test_a_products_only_confusion_tells_more_than_one_of_many():
    accepted = [{"x", "y"}, {"x", "y"}, {"z"}]
    gold = [("a", "b"), ("a", "b"), ("c",)]
    found = confusions(accepted, gold, ["1", "2", "3"], 9)
    # Each of the four pairs gets a weight of one quarter from two products.
    assert found[0] == Confusion("c", "z", 1, "3")
    assert [(each.missed, each.wrong, each.products) for each in found[1:]] == [
        ("a", "x", 2), ("a", "y", 2), ("b", "x", 2), ("b", "y", 2)
    ]  # fmt: skip


def test_the_reliability_of_each_tenth_is_its_mean_score_and_the_share_that_is_right():
    found = reliability(RANKINGS, [("mug",), ("mug", "red")])
    assert found == [
        Bin(0.2, 0.3, 2, pytest.approx(0.2), 0.5),
        Bin(0.6, 0.7, 1, pytest.approx(0.6), 0.0),
        Bin(0.9, 1.0, 2, pytest.approx(0.9), 1.0),
    ]
    assert reliability([], []) == []


def test_a_score_of_one_stands_in_the_last_tenth():
    [found] = reliability([[Suggestion("mug", 1.0)]], [("mug",)])
    assert (found.low, found.high) == (0.9, 1.0)


def test_the_curve_has_a_point_for_each_score_that_differs():
    # Four tags are wanted. At the three thresholds, two of two, two of three, and three of five are right.
    assert precision_recall(RANKINGS, [("mug", "lamp"), ("mug", "red")]) == [
        Point(0.9, 1.0, 2 / 4),
        Point(0.6, 2 / 3, 2 / 4),
        Point(0.2, 3 / 5, 3 / 4),
    ]
    assert precision_recall([], []) == []


def test_a_long_curve_keeps_its_ends_and_is_spread_over_the_recall():
    rankings = [[Suggestion("mug", 1 - number / 5000)] for number in range(4000)]
    found = precision_recall(rankings, [("mug",)] * 4000)
    assert 90 < len(found) <= 102
    assert (found[0].recall, found[-1].recall) == (1 / 4000, 1.0)
    assert max(b.recall - a.recall for a, b in itertools.pairwise(found)) < 0.02
