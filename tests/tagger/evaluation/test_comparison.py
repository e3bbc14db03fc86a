import pytest

from tagger.evaluation.comparison import Setting, compare
from tagger.evaluation.held_out import HeldOut
from tagger.fusion.acceptance import acceptance
from tagger.types import Suggestion

RANKING = [Suggestion("mug", 0.9), Suggestion("red", 0.6), Suggestion("blue", 0.4)]
HELD = HeldOut(
    [str(number) for number in range(60)],
    [("mug", "red")] * 60,
    {"fused": [RANKING] * 60, "knn": [[Suggestion("blue", 0.8), Suggestion("mug", 0.7)]] * 60},
    {"fused": 0.5, "knn": 0.5},
)


def figures(before, after):
    return {each.figure: each for each in compare(HELD, before, after)}


def test_two_systems_are_compared_each_by_its_own_threshold():
    found = figures(Setting("knn"), Setting("fused"))
    assert (found["precision"].before, found["precision"].after) == (1 / 2, 1.0)
    assert (found["recall"].before, found["recall"].after) == (1 / 2, 1.0)
    assert (found["micro_f1"].before, found["micro_f1"].after) == (1 / 2, 1.0)
    # One of two wanted tags is suggested, at rank two: 1/log2(3) over 1 + 1/log2(3).
    assert found["ndcg@10"].before == pytest.approx(0.6309 / 1.6309, abs=1e-4)
    assert found["ndcg@10"].difference.mean == pytest.approx(1 - 0.6309 / 1.6309, abs=1e-4)
    assert found["micro_f1"].difference.significant


def test_two_thresholds_of_one_system_are_compared():
    found = figures(Setting("fused"), Setting("fused", acceptance("threshold", 0.3)))
    assert found["precision"].difference.mean == pytest.approx(2 / 3 - 1)
    assert found["recall"].difference.mean == 0
    assert not found["recall"].difference.significant
    assert (found["accepted tags"].before, found["accepted tags"].after) == (2, 3)
