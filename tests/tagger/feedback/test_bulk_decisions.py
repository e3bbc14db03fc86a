from pathlib import Path

import pytest

from index.catalogue.query import Query
from index.errors import BadInput
from index.product import Product
from index.store import Store
from tagger.feedback import bulk_decisions as bulk
from tagger.feedback.decisions import DecisionService
from tagger.vocabulary import Entry, Vocabulary

VOCABULARY = Vocabulary([Entry("refrigerator", "kind", {"en": ("refrigerator", "fridge"), "zh": ("冰箱",)})])
PRODUCTS = [
    Product("1", "red mug", "", "en", ("mug", "fridge")),
    Product("2", "blue mug", "", "en", ("refrigerator", "mug", "blue")),
    Product("3", "红色杯子", "", "zh"),
    Product("4", "green mug", "", "en", ("mug",)),
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert(PRODUCTS)
    return store


@pytest.fixture
def feedback(store: Store) -> DecisionService:
    return DecisionService(store, lambda: VOCABULARY, lambda text: None)


def test_a_tag_is_added_to_the_products_of_a_query_that_lack_it(feedback: DecisionService, store: Store) -> None:
    plan = feedback.plan(Query("mug", limit=1), "add", "冰箱", "Ann")
    assert (plan.tag, plan.total, [each.product.id for each in plan.drafts]) == ("refrigerator", 3, ["4"])
    assert feedback.all() == [], "a plan changes nothing"
    made = feedback.decide_all(feedback.plan(Query(), "add", "sale", "Ann"))
    assert [each.tags[-1] for each in store.catalogue.products()] == ["sale"] * 4
    feedback.undo(made[0].number, "Ann", together=True)
    assert store.catalogue.products() == PRODUCTS


def test_a_tag_is_removed_under_whatever_name_a_product_has_it(feedback: DecisionService, store: Store) -> None:
    made = feedback.decide_all(feedback.plan(Query(tags=("冰箱",)), "remove", "冰箱", "Ann"))
    assert {(each.product, each.tag) for each in made} == {("1", "fridge"), ("2", "refrigerator")}
    assert [each.tags for each in store.catalogue.get(["1", "2"])] == [("mug",), ("mug", "blue")]
    feedback.undo(made[0].number, "Ann", together=True)
    assert store.catalogue.products() == PRODUCTS


def test_too_many_products_are_refused(feedback: DecisionService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 3)
    with pytest.raises(BadInput, match="4 products are too many; narrow the list to at most 3"):
        feedback.plan(Query(), "add", "sale", "Ann")
    assert feedback.plan(Query("mug"), "add", "sale", "Ann").total == 3


def test_what_cannot_be_done_is_said(feedback: DecisionService) -> None:
    with pytest.raises(BadInput, match="the tag is empty"):
        feedback.plan(Query(), "add", "<br>", "Ann")
    with pytest.raises(BadInput, match="can only add or remove a tag"):
        feedback.plan(Query(), "accept", "sale", "Ann")  # type: ignore[arg-type]
