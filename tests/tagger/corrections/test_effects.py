import math
from datetime import UTC, datetime

import pytest

from index.catalogue.decision import Decision, Kind
from tagger.corrections.effects import (
    BAR,
    CorrectedScore,
    Correction,
    RelevantDecision,
    add_decision_contribution,
    apply_corrections,
    corrections_from,
    weight,
)
from tagger.gbdt import sigmoid
from tagger.types import Contribution, DecisionEvidence, ranked

AT = datetime(2026, 5, 6, 7, 8, 9, 123456, UTC)


def relevant(kind: Kind, tag: str, similarity: float = 1.0, number: int = 1, by: str = "Ann") -> RelevantDecision:
    return RelevantDecision(Decision(number, number, kind, f"p{number}", "mug", "", tag, by, AT), tag, similarity)


def test_a_decision_on_the_product_itself_is_certain_whatever_the_taggers_say() -> None:
    found = corrections_from([relevant("accept", "mug"), relevant("reject", "cup")], [])
    assert [sigmoid(found["mug"](logit)) > 0.999999 for logit in (-20.0, 0.0, 20.0)] == [True] * 3
    assert [sigmoid(found["cup"](logit)) < 0.000001 for logit in (-20.0, 0.0, 20.0)] == [True] * 3


def test_what_was_decided_alike_stays_in_the_order_of_the_taggers() -> None:
    move = corrections_from([relevant("add", "mug")], [])["mug"]
    assert move(-3.0) < move(-2.0) < move(5.0)


def test_the_latest_decision_on_a_tag_counts() -> None:
    both = [relevant("accept", "mug", number=1), relevant("reject", "mug", number=2)]
    assert corrections_from(both, [])["mug"].decided is False
    assert corrections_from(both[::-1], [])["mug"].decided is True


def test_a_decision_on_a_near_product_moves_the_logit_by_its_nearness() -> None:
    half = (1 + BAR) / 2
    assert corrections_from([], [relevant("accept", "mug", half)])["mug"](1.0) == pytest.approx(1 + 12 * 0.5)
    assert corrections_from([], [relevant("remove", "mug", half)])["mug"](1.0) == pytest.approx(1 - 12 * 0.5)
    assert (weight(1.0), weight(BAR), weight(0.2), weight(1.1)) == (1.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("similarity", [BAR, 0.5, -1.0])
def test_a_decision_on_a_product_that_is_not_near_enough_moves_nothing(similarity: float) -> None:
    assert corrections_from([], [relevant("accept", "mug", similarity)]) == {}


def test_several_near_decisions_add_up_to_a_whole_one_at_most_and_others_cancel_out() -> None:
    near = [relevant("accept", "mug", 0.99, 1), relevant("add", "mug", 0.99, 2)]
    assert corrections_from([], near)["mug"].shift == 12
    opposed = [relevant("accept", "mug", 0.98, 1), relevant("reject", "mug", 0.98, 2)]
    assert corrections_from([], opposed)["mug"].shift == 0


def test_a_decision_on_the_product_itself_outweighs_near_ones() -> None:
    assert corrections_from([relevant("reject", "mug")], [relevant("accept", "mug", 0.999, 2)])["mug"].decided is False


def test_a_correction_says_whose_decision_it_is() -> None:
    [decision] = corrections_from([], [relevant("accept", "mug", 0.99, 7, "Ann")])["mug"].decisions
    assert decision == DecisionEvidence("accept", "Ann", "2026-05-06T07:08:09+00:00", "p7", "mug", 0.99)


def test_scores_are_replaced_tags_added_and_rejected_ones_left_out_before_the_cut() -> None:
    ranking = ranked({"mug": 0.9, "cup": 0.8, "red": 0.1}, 9)
    wanted = {"mug": Correction(decided=False), "red": Correction(decided=True), "new": Correction(shift=3.0)}
    corrected = {
        tag: CorrectedScore(score, 0.0, suggested=True) for tag, score in (("mug", 0.0), ("red", 0.99), ("new", 0.5))
    }
    assert apply_corrections(ranking, wanted, corrected, 2) == [("red", 0.99), ("cup", 0.8)]
    assert apply_corrections(ranking, wanted, corrected, 9) == [("red", 0.99), ("cup", 0.8), ("new", 0.5)]
    assert apply_corrections(ranking, {}, {}, 2) == ranking[:2]


def test_the_contributions_of_a_corrected_tag_have_one_of_the_decisions() -> None:
    own = (Contribution("knn", 0.5, 1.0),)
    assert add_decision_contribution(own, None) == own
    assert add_decision_contribution(own, CorrectedScore(0.9, 2.0, suggested=True)) == (
        *own,
        Contribution("corrections", None, 2.0),
    )
    unsuggested = add_decision_contribution((), CorrectedScore(0.9, 11.0, suggested=False, base=-8.0))
    assert unsuggested == (Contribution("base", None, -8.0), Contribution("corrections", None, 11.0))
    assert math.fsum(share.contribution for share in unsuggested) == 3.0
