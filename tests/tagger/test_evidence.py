from tagger.types import Evidence, Neighbour, Share, Span, merged

NEIGHBOUR = Neighbour("p1", "Steel mug", 0.93, 0.4)
SHARE = Share("knn", 0.4, 1.2)


def test_no_evidence_is_merged_into_none() -> None:
    assert merged([]) == Evidence()


def test_evidence_of_several_taggers_is_put_together() -> None:
    parts = [Evidence(neighbours=(NEIGHBOUR,)), Evidence(shares=(SHARE,)), Evidence(spans=(Span(0, 3, "mug"),))]
    assert merged(parts) == Evidence((NEIGHBOUR,), (Span(0, 3, "mug"),), (SHARE,))


def test_spans_stand_in_the_order_of_the_text_each_once_and_none_within_another() -> None:
    mug, steel_mug, red, over = Span(6, 9, "mug"), Span(6, 15, "mug steel"), Span(0, 3, "red"), Span(2, 8, "d   mu")
    parts = [Evidence(spans=(mug, steel_mug, over)), Evidence(spans=(mug, red))]
    assert merged(parts).spans == (red, over, steel_mug)
