import threading
import time

import pytest

from tagger.web.scheduling.answer_cache import AnswerCache, key_of
from tagger.web.scheduling.errors import Busy, Stopping, TooLate
from tagger.web.scheduling.metrics import Metrics
from tagger.web.scheduling.micro_batches import MicroBatches
from tagger.web.scheduling.queue import Work, WorkQueue


class Doubler:
    """Doubles numbers, batch by batch, while its gate is open; refuses negative ones."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.batches: list[list[int]] = []

    def __call__(self, numbers):
        self.entered.release()
        assert self.gate.wait(20)
        self.batches.append(list(numbers))
        if any(number < 0 for number in numbers):
            raise ValueError("negative")
        return [2 * number for number in numbers]


@pytest.fixture
def doubler():
    return Doubler()


@pytest.fixture
def batches(doubler):
    made = MicroBatches(doubler, most_waiting=4, most_at_once=3, metrics=Metrics())
    yield made
    doubler.gate.set()
    made.close(20)


def busy_with(batches, doubler, number=0):
    """Let the thread work on a number, so that all that follows waits."""
    future = batches.submit(number)
    assert doubler.entered.acquire(timeout=20)
    return future


def test_what_waits_is_done_together_but_not_too_much(batches, doubler):
    first = busy_with(batches, doubler)
    others = [batches.submit(number) for number in (1, 2, 3, 4)]
    doubler.gate.set()
    assert [each.result(20) for each in (first, *others)] == [0, 2, 4, 6, 8]
    assert doubler.batches == [[0], [1, 2, 3], [4]]


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back(batches, doubler):
    busy_with(batches, doubler)
    for number in range(4):
        assert not batches.queue.full
        batches.submit(number)
    assert batches.queue.full
    with pytest.raises(Busy) as refused:
        batches.submit(9)
    assert refused.value.retry_after_s >= 1


def test_a_heavy_piece_is_taken_when_nothing_else_waits(batches, doubler):
    busy_with(batches, doubler)
    heavy = batches.submit(7, weight=100)
    with pytest.raises(Busy):
        batches.submit(8)
    doubler.gate.set()
    assert heavy.result(20) == 14


def test_files_come_behind_people_and_are_never_refused(batches, doubler):
    busy_with(batches, doubler)
    file = [batches.submit(number, bulk=True) for number in range(10, 16)]
    person = batches.submit(1)
    doubler.gate.set()
    assert [each.result(20) for each in (person, *file)] == [2, 20, 22, 24, 26, 28, 30]
    assert doubler.batches == [[0], [1], [10], [11], [12], [13], [14], [15]]


def test_one_bad_item_fails_alone(batches, doubler):
    busy_with(batches, doubler)
    futures = [batches.submit(number) for number in (1, -1, 2)]
    doubler.gate.set()
    assert futures[0].result(20) == 2
    assert futures[2].result(20) == 4
    with pytest.raises(ValueError, match="negative"):
        futures[1].result(20)


def test_work_past_its_deadline_and_work_that_nobody_wants_is_not_done(batches, doubler):
    busy_with(batches, doubler)
    late = batches.submit(1, deadline=time.monotonic() - 1)
    unwanted = batches.submit(2)
    wanted = batches.submit(3)
    assert unwanted.cancel()
    doubler.gate.set()
    assert wanted.result(20) == 6
    with pytest.raises(TooLate):
        late.result(20)
    assert doubler.batches == [[0], [3]]


def test_a_server_that_stops_answers_what_it_accepted_and_takes_no_more(batches, doubler):
    first = busy_with(batches, doubler)
    accepted, file = batches.submit(1), batches.submit(2, bulk=True)
    closing = threading.Thread(target=batches.close, args=[20])
    closing.start()
    while not file.cancelled():
        time.sleep(0.001)
    with pytest.raises(Stopping):
        batches.submit(3)
    doubler.gate.set()
    closing.join(20)
    assert (first.result(0), accepted.result(0)) == (0, 2)


def test_the_time_to_retry_grows_with_those_that_were_refused():
    queue = MicroBatches(list, most_waiting=1, most_at_once=1, metrics=Metrics()).queue
    for _ in range(50):
        queue.measure(10, 1.0)
    waits = [queue.refusal().retry_after_s for _ in range(200)]
    assert waits[0] == 1
    assert waits == sorted(waits)
    assert 10 < waits[-1] <= 20


def test_answers_of_another_state_are_forgotten():
    cache = AnswerCache(most=2)
    for name in ("a", "b", "c"):
        cache.put(key_of(name), 1, name)
    assert [cache.get(key_of(name), 1) for name in ("a", "b", "c")] == [None, "b", "c"]
    assert cache.get(key_of("c"), 2) is None
    cache.put(key_of("d"), 2, "d")
    assert [cache.get(key_of(name), 2) for name in ("c", "d")] == [None, "d"]


def test_metrics_are_in_the_format_of_prometheus():
    metrics = Metrics()
    metrics.count("tagweave_refusals_total", reason='a "b"\n')
    metrics.observe("tagweave_wait_seconds", 0.03)
    metrics.observe("tagweave_wait_seconds", 99)
    metrics.gauge("tagweave_waiting", "Products that wait", lambda: 7, store="shop")
    lines = metrics.render().splitlines()
    assert 'tagweave_refusals_total{reason="a \\"b\\"\\n"} 1' in lines
    assert 'tagweave_wait_seconds_bucket{le="0.025"} 0' in lines
    assert 'tagweave_wait_seconds_bucket{le="0.05"} 1' in lines
    assert 'tagweave_wait_seconds_bucket{le="+Inf"} 2' in lines
    assert "tagweave_wait_seconds_count 2" in lines
    assert lines[-2:] == ["# TYPE tagweave_waiting gauge", 'tagweave_waiting{store="shop"} 7']


def test_those_who_were_answered_together_are_waited_for():
    queue = WorkQueue(100)
    for number in range(4):
        queue.put(Work(number))
    assert [work.item for work in queue.take(8, 0.0)] == [0, 1, 2, 3]
    queue.put(Work(4))
    taken = []
    taking = threading.Thread(target=lambda: taken.extend(queue.take(8, 20.0)))
    taking.start()
    # One was waiting and four may come back: five are enough.
    for number in range(5, 9):
        time.sleep(0.005)
        assert not taken
        queue.put(Work(number))
    taking.join(10)
    assert [work.item for work in taken] == [4, 5, 6, 7, 8]


def test_those_who_do_not_come_back_are_not_waited_for_long():
    queue = WorkQueue(100)
    for number in range(4):
        queue.put(Work(number))
    queue.take(8, 0.0)
    queue.put(Work(4))
    begun = time.monotonic()
    assert [work.item for work in queue.take(8, 0.02)] == [4]
    assert 0.02 <= time.monotonic() - begun < 5
