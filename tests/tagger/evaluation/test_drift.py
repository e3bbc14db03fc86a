"""Drift: comparing the probabilities of recent answers with those of held-out products."""

import math
from threading import Thread

import numpy as np
import pytest

from tagger.evaluation.drift import Drift, DriftMonitor, stability

BEFORE = np.random.default_rng(0).beta(5, 2, 4000).tolist()


def _later(a: float, b: float) -> list[float]:
    found: list[float] = np.random.default_rng(1).beta(a, b, 1500).tolist()
    return found


def _watched(values: list[float]) -> Drift:
    watch = DriftMonitor()
    watch.see(values, "fitted-1")
    drift = watch.against(BEFORE, "fitted-1")
    assert drift is not None
    return drift


def test_products_of_the_same_kind_are_steady() -> None:
    drift = _watched(_later(5, 2))
    assert drift.verdict == "steady"
    assert drift.now == pytest.approx(drift.before, abs=0.02)


def test_products_of_another_kind_have_drifted_and_some_of_them_have_moved_it() -> None:
    assert _watched(_later(2, 5)).verdict == "drifted"
    assert _watched(_later(5, 2)[:1200] + _later(2, 5)[:300]).verdict == "moved"


def test_of_few_products_nothing_is_said_and_of_none_nothing_at_all() -> None:
    assert _watched(_later(2, 5)[:99]).verdict == "too few"
    assert DriftMonitor().against(BEFORE, "") is None
    watch = DriftMonitor()
    watch.see([0.5], "fitted-1")
    assert watch.against([], "fitted-1") is None


def test_what_former_models_said_is_forgotten() -> None:
    watch = DriftMonitor()
    watch.see([0.1] * 2000, "fitted-1")
    assert watch.against(BEFORE, "fitted-2") is None, "they were fitted anew, and nothing was asked since"
    watch.see([0.9], "fitted-2")
    drift = watch.against(BEFORE, "fitted-2")
    assert drift is not None
    assert (drift.products, drift.now) == (1, pytest.approx(0.9))


def test_the_index_is_the_weighted_sum_of_log_ratios() -> None:
    # The only bin edge is 1: all of `before` is at it, and half of `now` is below it.
    p, q = [0.5 / 101, 100.5 / 101], [50.5 / 101, 50.5 / 101]
    expected = sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
    assert stability([1.0] * 100, [1.0] * 50 + [0.2] * 50) == pytest.approx(expected)
    assert stability(BEFORE, BEFORE) == 0


def test_only_the_latest_products_count_whoever_brings_them() -> None:
    watch = DriftMonitor()
    threads = [Thread(target=watch.see, args=([0.1] * 1000, "fitted-1")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watch.see([0.9] * 2000, "fitted-1")
    drift = watch.against([0.9], "fitted-1")
    assert drift is not None
    assert (drift.products, drift.now) == (2000, pytest.approx(0.9))
