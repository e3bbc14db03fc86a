from datetime import UTC, datetime

from index.catalogue.decision import Decision, Kind
from index.product import Product
from tagger.feedback.review_item import rows
from tagger.results import TagResult
from tagger.vocabulary import Entry, Vocabulary

AT = datetime(2026, 5, 6, tzinfo=UTC)
PRODUCT = Product("p", "mug", "", "en", ("mug", "fridges"))
VOCABULARY = Vocabulary([Entry("refrigerator", "kind", {"en": ("refrigerator", "fridges")})])
SUGGESTED = [TagResult("red", 0.9, True, False), TagResult("mug", 0.5, True, False)]


def decision(number: int, kind: Kind, tag: str, *, undone: bool = False) -> Decision:
    return Decision(number, number, kind, "p", "mug", "", tag, "Ann", AT, undone_at=AT if undone else None)


def test_rows_are_what_is_suggested_stored_or_decided_on() -> None:
    found = rows(PRODUCT, SUGGESTED, [decision(1, "reject", "cup")], VOCABULARY)
    assert [(row.result.tag, row.stored) for row in found] == [
        ("red", False),
        ("mug", True),
        ("refrigerator", True),
        ("cup", False),
    ]
    assert found[0].result is SUGGESTED[0]
    assert (found[2].result.probability, found[2].result.facet) == (0.0, "kind")
    assert found[3].decision == decision(1, "reject", "cup")


def test_a_tag_that_was_deleted_is_not_to_be_judged() -> None:
    vocabulary = Vocabulary(VOCABULARY, [Entry("mug"), Entry("cup")])
    history = [decision(1, "accept", "cup")]
    assert [row.result.tag for row in rows(PRODUCT, SUGGESTED[:1], history, vocabulary)] == ["red", "refrigerator"]
    kept = rows(PRODUCT, SUGGESTED[:1], history, vocabulary, order=("mug", "red"))
    assert [row.result.tag for row in kept] == ["red", "refrigerator"]


def test_the_latest_decision_in_force_counts() -> None:
    history = [decision(3, "accept", "red", undone=True), decision(2, "reject", "red"), decision(1, "accept", "red")]
    [red, _, _] = rows(PRODUCT, SUGGESTED, history, VOCABULARY)
    assert red.decision is not None
    assert red.decision.number == 2


def test_rows_stay_in_the_order_in_which_they_were_first_shown() -> None:
    found = rows(PRODUCT, SUGGESTED, [decision(1, "add", "new")], VOCABULARY, order=("mug", "refrigerator", "red"))
    assert [row.result.tag for row in found] == ["mug", "refrigerator", "red", "new"]
    only = rows(Product("p", "mug"), SUGGESTED, [], VOCABULARY, order=("mug", "gone"))
    assert [row.result.tag for row in only] == ["mug", "gone"]
