import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.catalogue.decision import DecisionDraft
from index.errors import BadInput
from index.product import Product
from index.store import Store
from index.vectors.base import Matrix
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

    def priorities(self, products: Sequence[Product]) -> list[ReviewPriority]:
        assert self.open.wait(10)
        self.asked += [product.id for product in products]
        return [ReviewPriority(product.id, float(product.title.split()[1]), 0.0, 0) for product in products]

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """Return a direction of its own for each title: no product says anything of another."""
        return np.eye(2001, dtype=np.float32)[[int(text.split()[1]) + 1000 * text.startswith("cup") for text in texts]]


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


def test_the_first_product_is_there_before_all_are_weighed(store: Store) -> None:
    others = threading.Event()

    class Slow(Scales):
        def priorities(self, products: Sequence[Product]) -> list[ReviewPriority]:
            assert not self.asked or others.wait(10)
            return super().priorities(products)

    queue = ReviewQueue(store, Slow())
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
    broken = [True]

    class Broken(Scales):
        def priorities(self, products: Sequence[Product]) -> list[ReviewPriority]:
            if broken:
                raise BadInput("no models yet")
            return super().priorities(products)

    queue = finished(ReviewQueue(store, Broken()))
    assert queue.next() is None
    assert str(queue.progress().problem) == "no models yet"
    broken.clear()
    assert queue.next() is not None
