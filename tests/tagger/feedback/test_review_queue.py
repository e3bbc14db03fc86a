import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.catalogue.decision import DecisionDraft
from index.errors import BadInput
from index.product import Product
from index.store import Store
from tagger.feedback.review_priority import ReviewPriority
from tagger.feedback.review_queue import ReviewQueue

TAGGED = [Product(f"{n:03}", f"mug {n}", "", "en", ("mug",)) for n in range(80)]
UNTAGGED = [Product(f"u{n}", f"cup {n}") for n in range(5)]


class Scales:
    """Gives products with higher numbers a higher priority, and records what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, products: Sequence[Product]) -> list[ReviewPriority]:
        assert self.open.wait(10)
        self.asked += [product.id for product in products]
        return [ReviewPriority(product.id, float(product.title.split()[1]), 0.0, 0) for product in products]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert(TAGGED + UNTAGGED)
    return store


@pytest.fixture
def scales() -> Scales:
    return Scales()


def finished(queue: ReviewQueue) -> ReviewQueue:
    queue.next()
    end = time.monotonic() + 10
    while queue.progress().goes_on and time.monotonic() < end:
        time.sleep(0.01)
    return queue


def test_the_product_most_worth_a_review_comes_first_and_none_twice(store: Store, scales: Scales) -> None:
    queue = finished(ReviewQueue(store, scales))
    first, second = queue.next(), queue.next({"079"})
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == ("079", "078")
    assert queue.next({each.id for each in TAGGED + UNTAGGED}) is None


def test_products_without_tags_are_weighed_first_and_no_more_than_the_sample(store: Store, scales: Scales) -> None:
    queue = finished(ReviewQueue(store, scales, sample=40))
    assert (queue.progress().done, queue.progress().total) == (40, 40)
    assert {each.id for each in UNTAGGED} == set(scales.asked[:5])
    assert len(scales.asked) == 40


def test_the_first_product_is_there_before_all_are_weighed(store: Store, scales: Scales) -> None:
    others = threading.Event()

    def weigh(products: Sequence[Product]) -> list[ReviewPriority]:
        assert not scales.asked or others.wait(10)
        return scales(products)

    queue = ReviewQueue(store, weigh)
    assert queue.next() is not None
    assert queue.progress().goes_on
    others.set()


def test_what_was_decided_on_is_out_until_it_is_undone(store: Store, scales: Scales) -> None:
    queue = finished(ReviewQueue(store, scales))
    [made] = store.decisions.decide([DecisionDraft("accept", TAGGED[79], "mug")])
    found = queue.next()
    assert found is not None
    assert found.id == "078"
    store.decisions.undo([made.number], "Ann")
    found = queue.next()
    assert found is not None
    assert found.id == "079"
    assert len(scales.asked) == len(TAGGED) + len(UNTAGGED), "a decision is no reason to weigh all anew"


def test_new_products_are_a_reason_to_weigh_all_anew(store: Store, scales: Scales) -> None:
    queue = finished(ReviewQueue(store, scales))
    store.catalogue.upsert([Product("new", "cup 1000")])
    found = finished(queue).next()
    assert found is not None
    assert found.id == "new"


def test_where_weighing_fails_the_progress_says_why_and_the_next_call_tries_again(store: Store) -> None:
    scales = Scales()
    broken = [True]

    def weigh(products: Sequence[Product]) -> list[ReviewPriority]:
        if broken:
            raise BadInput("no models yet")
        return scales(products)

    queue = finished(ReviewQueue(store, weigh))
    assert queue.next() is None
    assert str(queue.progress().problem) == "no models yet"
    broken.clear()
    assert queue.next() is not None
