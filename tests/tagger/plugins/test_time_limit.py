"""An optional tagger has a time limit for its answer."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from index.errors import BadSetting, PluginFailed
from index.plugins import PluginOrigin
from index.product import Product
from tagger.load import open_pipeline
from tagger.plugins.time_limit import TimeLimit
from tagger.settings import read

ORIGIN = PluginOrigin("tagger", "acme", "acme-tags 1.0")
ACME = "the tagger 'acme' (acme-tags 1.0)"
MUG = [Product("1", "Steel mug", tags=("mug",))]
OFF = {name: {"enabled": False} for name in ("lexical", "knn", "linear", "pairs", "names", "phrases", "generator")}
LATE = f"{ACME} did not answer within 0.1 s"
BUSY = f"{ACME} is still busy with an earlier request after 0.1 s"


def slow(wait_s: float, timeout_s: float) -> dict[str, Any]:
    options = {"wait_s": wait_s}
    return OFF | {"acme": {"plugin": "acme-broken", "required": False, "timeout_s": timeout_s, "options": options}}


def test_the_answer_goes_on_without_a_tagger_that_takes_too_long(fitted: Callable[..., Any]) -> None:
    pipeline = open_pipeline(fitted(MUG, taggers=slow(wait_s=30, timeout_s=0.1))[0])
    start = time.perf_counter()
    first, second = pipeline.explain(MUG[0], 5), pipeline.explain(MUG[0], 5)
    assert time.perf_counter() - start < 10
    assert (str(first.without["acme"]), str(second.without["acme"])) == (LATE, BUSY)
    assert [each.tag for each in first.tags] == ["mug"]


def test_without_a_limit_it_may_take_its_time(fitted: Callable[..., Any]) -> None:
    pipeline = open_pipeline(fitted(MUG, taggers=slow(wait_s=0.2, timeout_s=0))[0])
    assert pipeline.ask(MUG).without == {}


def test_an_answer_in_time_and_an_error_in_time_come_through() -> None:
    limit = TimeLimit(ORIGIN, 60)
    assert limit.wait_for(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        limit.wait_for(lambda: 1 // 0)


def test_it_is_asked_again_once_it_has_come_to_an_end() -> None:
    limit, end = TimeLimit(ORIGIN, 0.1), threading.Event()
    with pytest.raises(PluginFailed) as late:
        limit.wait_for(end.wait)
    with pytest.raises(PluginFailed) as busy:
        limit.wait_for(lambda: 7)
    assert (str(late.value), str(busy.value)) == (LATE, BUSY)
    end.set()
    for thread in limit._overdue:
        thread.join()
    assert limit.wait_for(lambda: 7) == 7


def test_a_limit_for_a_tagger_that_nothing_goes_on_without_is_refused() -> None:
    with pytest.raises(BadSetting, match=r"the setting taggers.knn is wrong: timeout_s needs required = false"):
        read(overrides={"taggers": {"knn": {"timeout_s": 2}}})
    with pytest.raises(BadSetting, match=r"the setting taggers.knn.timeout_s is wrong: must be at least 0"):
        read(overrides={"taggers": {"knn": {"timeout_s": -1, "required": False}}})
