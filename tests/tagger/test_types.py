from hypothesis import given
from hypothesis import strategies as st

from tagger.types import Contribution, Evidence, Neighbour, Span, Suggestion, merge_evidence, ranked

NEIGHBOUR = Neighbour("p1", "Steel mug", 0.93, 0.4)
SHARE = Contribution("knn", 0.4, 1.2)


def test_no_evidence_is_merged_into_none() -> None:
    assert merge_evidence([]) == Evidence()


def test_evidence_of_several_taggers_is_put_together() -> None:
    parts = [Evidence(neighbours=(NEIGHBOUR,)), Evidence(shares=(SHARE,)), Evidence(spans=(Span(0, 3, "mug"),))]
    assert merge_evidence(parts) == Evidence((NEIGHBOUR,), (Span(0, 3, "mug"),), (SHARE,))


def test_spans_stand_in_the_order_of_the_text_each_once_and_none_within_another() -> None:
    mug, steel_mug, red, over = Span(6, 9, "mug"), Span(6, 15, "mug steel"), Span(0, 3, "red"), Span(2, 8, "d   mu")
    parts = [Evidence(spans=(mug, steel_mug, over)), Evidence(spans=(mug, red))]
    assert merge_evidence(parts).spans == (red, over, steel_mug)


SCORES = st.dictionaries(st.text(max_size=4), st.floats(0, 1), max_size=12)


def test_the_best_comes_first_and_ties_go_by_name() -> None:
    scores = {"mug": 0.5, "blue": 0.7, "杯子": 0.5, "cup": 0.5}
    assert ranked(scores, 10) == [("blue", 0.7), ("cup", 0.5), ("mug", 0.5), ("杯子", 0.5)]


def test_the_limit_cuts_after_sorting() -> None:
    assert ranked({"a": 0.1, "b": 0.3, "c": 0.2}, 2) == [Suggestion("b", 0.3), Suggestion("c", 0.2)]
    assert ranked({"a": 0.1}, 0) == []
    assert ranked({}, 5) == []


@given(SCORES, st.integers(0, 15))
def test_a_ranking_does_not_hang_on_the_order_of_the_scores(scores: dict[str, float], limit: int) -> None:
    turned = dict(reversed(scores.items()))
    assert ranked(scores, limit) == ranked(turned, limit)
    assert len(ranked(scores, limit)) == min(limit, len(scores))
