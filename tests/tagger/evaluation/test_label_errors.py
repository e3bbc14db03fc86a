from dataclasses import replace

import pytest

from index.product import Product
from tagger.evaluation.evaluate import FUSED
from tagger.evaluation.held_out import HeldOut
from tagger.evaluation.label_errors import LabelError, errors_of, find_errors, of_folds
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import candidates
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.types import Suggestion

FACETS = {"red": "colour", "blue": "colour", "mug": "kind", "lamp": "kind", "gift": ""}


def facet_of(tag):
    return FACETS.get(tag, "")


def held(gold, *rankings):
    said = [[Suggestion(*pair) for pair in ranking.items()] for ranking in rankings]
    return HeldOut([str(number) for number in range(len(gold))], gold, {FUSED: said}, {FUSED: 0.5})


def test_a_tag_is_as_probably_wrong_as_the_models_do_not_expect_it():
    [error] = errors_of("p", ["red"], {"red": 0.2}, facet_of)
    assert error == LabelError("p", "red", "", "colour", pytest.approx(1 - 0.2))


def test_a_tag_is_as_probably_missing_as_the_models_expect_it():
    [error] = errors_of("p", ["mug"], {"mug": 0.9, "red": 0.7}, facet_of)
    assert error == LabelError("p", "", "red", "colour", 0.7)


def test_a_wrong_tag_and_a_missing_one_of_its_facet_are_one_error():
    assert list(errors_of("p", ["red", "mug"], {"red": 0.3, "mug": 0.9, "blue": 0.6}, facet_of)) == [
        LabelError("p", "red", "blue", "colour", pytest.approx(max(1 - 0.3, 0.6)))
    ]


def test_tags_of_different_facets_and_of_none_stay_apart():
    found = errors_of("p", ["red", "gift"], {"red": 0.3, "gift": 0.4, "lamp": 0.6, "new": 0.8}, facet_of)
    assert {(each.tag, each.instead) for each in found} == {("red", ""), ("gift", ""), ("", "lamp"), ("", "new")}


def test_what_is_more_probable_right_than_wrong_is_no_error():
    assert not list(errors_of("p", ["red"], {"red": 0.6, "blue": 0.4}, facet_of))


def test_the_surest_errors_come_first():
    found = find_errors(held([("red",), ("mug",)], {"red": 0.4, "mug": 0.9, "new": 0.99}, {"mug": 0.05}), facet_of)
    assert [(each.product, each.tag or each.instead, round(each.score, 2)) for each in found] == [
        ("1", "mug", 0.95),
        ("0", "mug", 0.9),
        ("0", "red", 0.6),
    ]


def test_a_tag_that_no_model_knows_is_not_wrong():
    assert not find_errors(held([("red", "unheard of")], {"red": 0.9}), facet_of)


def test_what_somebody_decided_is_not_in_doubt():
    predictions = held([("red",), ("blue",)], {"red": 0.1, "blue": 0.8}, {"blue": 0.9})
    assert [each.tag + each.instead for each in find_errors(predictions, facet_of, {("0", "red")})] == ["blue"]
    assert [each.tag + each.instead for each in find_errors(predictions, facet_of, {("0", "blue")})] == ["red"]


def test_of_each_fold_the_own_tags_and_the_probable_ones_are_kept():
    products = [Product("a", "Red mug", tags=("red", "mug"))]
    rankings = {"knn": [[Suggestion("red", 0.5)]]}
    statistics = TagStatistics.of(products)
    part = FoldPredictions(0, products, rankings, candidates(products, rankings, statistics, ["knn"]), statistics)
    fused = [[[Suggestion("mug", 0.8), Suggestion("lamp", 0.2), Suggestion("red", 0.01), Suggestion("blue", 0.01)]]]
    kept = of_folds([part], fused, 0.4)
    assert (list(kept.ids), list(kept.gold)) == (["a"], [("red", "mug")])
    assert [each.tag for each in kept.rankings[FUSED][0]] == ["mug", "lamp", "red"]
    # Products with hidden tags are judged for these tags only.
    assert not of_folds([replace(part, whole=False)], fused, 0.4).ids
