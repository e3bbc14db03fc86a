import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.product import Product
from tagger.feedback.review_priority import ReviewPriority, disagreement, doubt, review_priority, uncertainty
from tagger.types import ranked

SURE = ranked({"mug": 0.99, "cup": 0.01}, 9)
UNSURE = ranked({"mug": 0.6, "cup": 0.4}, 9)


def test_doubt_is_the_expected_number_of_wrong_decisions() -> None:
    assert doubt(UNSURE, {"mug"}) == pytest.approx(0.4 + 0.4)
    assert doubt(SURE, {"mug"}) == pytest.approx(0.01 + 0.01)
    # A held tag that no tagger suggests is surely wrong; a missing tag counts with its probability.
    assert doubt(SURE, {"jug"}) == pytest.approx(1 + 0.99 + 0.01)
    assert doubt([], set()) == 0


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=6))
def test_holding_what_is_more_likely_than_not_leaves_the_least_doubt(scores: dict[str, float]) -> None:
    ranking = ranked(scores, 9)
    best = {tag for tag, chance in ranking if chance >= 0.5}
    others = [set(), set(scores), best ^ set(list(scores)[:1])]
    assert all(doubt(ranking, best) <= doubt(ranking, other) + 1e-9 for other in others)


def test_taggers_disagree_by_what_their_best_tags_do_not_share() -> None:
    one, other = ranked({"a": 3, "b": 2, "c": 1}, 9), ranked({"a": 3, "d": 2, "e": 1}, 9)
    assert disagreement({"x": one, "y": one}, 3) == 0
    assert disagreement({"x": one, "y": other}, 3) == pytest.approx(1 - 1 / 5)
    assert disagreement({"x": one, "y": other, "z": one}, 3) == pytest.approx(1 - (1 / 5 + 1 / 5 + 1) / 3)
    assert disagreement({"x": one, "y": []}, 3) == disagreement({}, 3) == 0


def test_uncertainty_is_half_the_entropy_and_no_less_than_the_doubt_about_the_best_tags() -> None:
    assert uncertainty(ranked({"a": 0.5}, 9)) == pytest.approx(0.5)
    assert uncertainty(ranked({"a": 0.25, "b": 1.0, "c": 0.0}, 9)) == pytest.approx(
        (0.25 * 2 + 0.75 * 0.415) / 2, abs=1e-3
    )
    assert uncertainty(UNSURE) >= doubt(UNSURE, {"mug"})
    assert uncertainty([]) == 0


def test_what_there_is_to_learn_is_the_greater_of_doubt_and_uncertainty() -> None:
    assert ReviewPriority("p", 2.0, 1.0, 9, 0.5).total == 2
    assert ReviewPriority("p", 1.0, 0.0, 0, 1.5).total == 1.5


def test_of_a_product_without_tags_the_accepted_ones_are_held() -> None:
    tagged, untagged = Product("t", "mug", "", "en", ("Cup",)), Product("u", "mug")
    how = {"t": review_priority(tagged, UNSURE, {}, 3, threshold=0.5, named=lambda tags: [tag.lower() for tag in tags])}
    how["u"] = review_priority(untagged, UNSURE, {}, 4, threshold=0.5, named=lambda tags: [tag.lower() for tag in tags])
    assert how["t"] == ReviewPriority("t", pytest.approx(0.6 + 0.6), 0.0, 3, uncertainty(UNSURE))
    assert how["u"] == ReviewPriority("u", pytest.approx(0.4 + 0.4), 0.0, 4, uncertainty(UNSURE))
