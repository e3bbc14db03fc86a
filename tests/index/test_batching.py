"""Splitting work into batches."""

import itertools
import threading
from collections.abc import Generator

import pytest

from index.batching import batched, batched_by_weight, read_ahead, report_batches


def test_batches_keep_the_order_and_the_last_one_is_shorter():
    assert list(batched("abcdefg", 3)) == [["a", "b", "c"], ["d", "e", "f"], ["g"]]
    assert list(batched(range(4), 2)) == [[0, 1], [2, 3]]
    assert list(batched([], 3)) == []


def test_a_batch_comes_as_soon_as_it_is_full():
    endless = batched(itertools.count(), 2)
    assert [next(endless), next(endless)] == [[0, 1], [2, 3]]


@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_batches_together_are_what_was_cut(size):
    assert list(itertools.chain.from_iterable(batched(range(5), size))) == [0, 1, 2, 3, 4]
    assert max(map(len, batched(range(5), size))) == min(size, 5)


def test_heavy_items_end_a_batch_early():
    words = ["a", "bb", "cccccc", "d", "e", "f", "g"]
    assert list(batched_by_weight(words, 3, len, 6)) == [["a", "bb", "cccccc"], ["d", "e", "f"], ["g"]]
    assert list(batched_by_weight(words, 9, len, 6)) == [["a", "bb", "cccccc"], ["d", "e", "f", "g"]]
    assert list(batched_by_weight(words, 9, len, 3)) == [["a", "bb"], ["cccccc"], ["d", "e", "f"], ["g"]]
    assert list(batched_by_weight([], 3, len, 6)) == []


def test_how_much_is_done_is_reported_before_each_batch_and_at_the_end():
    reports = []
    batches = report_batches([1, 2, 3], 2, "tag", lambda *report: reports.append(report))
    assert next(batches) == [1, 2]
    assert reports == [("tag", 0, 3)]
    assert list(batches) == [[3]]
    assert reports == [("tag", 0, 3), ("tag", 2, 3), ("tag", 3, 3)]


def test_no_work_is_reported_as_done():
    reports = []
    assert list(report_batches([], 2, "tag", lambda *report: reports.append(report))) == []
    assert reports == [("tag", 0, 0)]


def test_each_item_is_made_in_another_thread_while_the_one_before_is_used() -> None:
    made = [threading.Event() for _ in range(3)]
    threads: set[int] = set()

    def items() -> Generator[int, None, None]:
        for number, event in enumerate(made):
            threads.add(threading.get_ident())
            event.set()
            yield number

    for number in read_ahead(items()):
        assert made[min(number + 1, 2)].wait(10)
    assert number == 2
    assert len(threads - {threading.get_ident()}) == len(threads) == 1


def test_an_error_comes_in_its_place_and_the_generator_ends_where_it_began() -> None:
    ended: list[bool] = []

    def items(broken: bool) -> Generator[int, None, None]:
        here = threading.get_ident()
        try:
            yield 1
            if broken:
                raise ValueError("broken")
            yield 2
            yield 3
        finally:
            ended.append(here == threading.get_ident() != threading.main_thread().ident)

    ahead = read_ahead(items(broken=True))
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)
    ahead = read_ahead(items(broken=False))
    assert next(ahead) == 1
    ahead.close()
    assert ended == [True, True]
