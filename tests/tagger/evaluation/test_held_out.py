from dataclasses import replace

import pytest

from index.product import Product
from tagger.evaluation.held_out import HeldOut, load, of_folds
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import candidates
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.types import Suggestion

HELD = HeldOut(
    ["1", "2"],
    [("mug", "red"), ()],
    {
        "fused": [[Suggestion("mug", 0.9), Suggestion("red", 0.4)], [Suggestion("冰箱", 0.12345678901234567)]],
        "knn": [[Suggestion("mug", 0.5)], []],
    },
    {"fused": 0.5, "knn": 0.5},
)


def test_what_was_kept_is_read_again_to_the_last_digit(tmp_path):
    HELD.save(tmp_path / "kept")
    assert load(tmp_path / "kept") == HELD


def test_a_score_just_below_the_threshold_stays_below_it(tmp_path):
    close = replace(HELD, rankings={"knn": [[Suggestion("mug", 0.5 - 1e-9)], []]})
    close.save(tmp_path / "kept")
    assert load(tmp_path / "kept").accepted("knn") == [set(), set()]


def test_the_same_judgements_make_the_same_file(tmp_path):
    HELD.save(tmp_path / "one")
    HELD.save(tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_tags_are_accepted_by_the_systems_own_rule_or_by_another():
    assert HELD.accepted("fused") == [{"mug"}, set()]
    assert HELD.accepted("fused", lambda ranking: 0.1) == [{"mug", "red"}, {"冰箱"}]
    # For 0.9 and 0.4, accepting the first gives .9·(.6 + .4·2/3) = .78, both .9·.4 + (.9·.6 + .1·.4)·2/3 = .747.
    assert replace(HELD, rule="expected_f1").accepted("fused")[0] == {"mug"}
    assert replace(HELD, rule="expected_f1").accepted("knn") == [{"mug"}, set()]


def part(fold, ids, names, *, whole=True):
    products = [Product(id, f"mug {id}", tags=("mug",)) for id in ids]
    rankings = {name: [[Suggestion("mug", 0.5)] for _ in ids] for name in names}
    statistics = TagStatistics.of(products)
    return FoldPredictions(
        fold, products, rankings, candidates(products, rankings, statistics, names), statistics, whole
    )


@pytest.fixture
def judged():
    """Two folds, in which the slow tagger judged only some products, and one part has hidden tags."""
    return [
        part(0, "ab", ["knn", "slow"]),
        part(0, "cd", ["knn"]),
        part(0, "e", ["knn", "slow"], whole=False),
        part(1, "fg", ["knn", "slow"]),
    ]


def fused_of(judged):
    return [[[Suggestion(product.id, 0.5)] for product in each.products] for each in judged]


def test_only_products_that_all_taggers_judged_whole_are_kept(judged):
    held = of_folds(judged, fused_of(judged), {"fused": 0.5}, "threshold")
    assert list(held.ids) == ["a", "b", "f", "g"]
    assert [ranking[0].tag for ranking in held.rankings["fused"]] == ["a", "b", "f", "g"]
    assert [*held.rankings] == ["fused", "knn", "slow"]
    assert [len(said) for said in held.rankings.values()] == [4, 4, 4]


def test_of_too_many_products_some_are_kept_the_same_each_time(judged):
    held, again = (of_folds(judged, fused_of(judged), {}, "threshold", most=2) for _ in range(2))
    assert len(held.ids) == 2
    assert held == again
    assert [ranking[0].tag for ranking in held.rankings["fused"]] == list(held.ids)
