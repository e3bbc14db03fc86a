"""One tagger in several threads, while other processes write its store."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tagger import Tagger

ROOT = Path(__file__).parents[3]
THIRD_PARTY = ROOT / "tests" / "tagger" / "third_party"
Records = Callable[[int], list[dict[str, Any]]]


def test_several_threads_get_the_answers_that_one_gets(fitted_shop: Tagger) -> None:
    texts = [f"{kind} no {number}" for number in range(8) for kind in ("mug", "lamp", "kettle", "冰箱")]
    expected = [fitted_shop.suggest(text).tags[0].tag for text in texts]
    assert expected[:4] == ["mug", "lamp", "kettle", "冰箱"]
    fresh = Tagger.open(fitted_shop.folder)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: fresh.suggest(text)[0].tag, texts)) == expected


def test_threads_that_write_wait_for_one_another(shop: Tagger) -> None:
    barrier = threading.Barrier(6)

    def write(number: int) -> int:
        barrier.wait()
        if number % 2:
            return shop.ingest([{"id": f"new {number}", "title": "mug"}]).accepted
        return shop.decide("add", "2", f"gift {number}").number

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(write, range(6)))
    assert sorted(done[::2]) == [1, 2, 3]
    assert done[1::2] == [1, 1, 1]
    assert set(shop.product("2").tags) == {"lamp", "gift 0", "gift 2", "gift 4"}
    assert shop.info().products == 63


def test_models_that_another_process_publishes_are_opened_by_themselves(
    unfitted: Tagger, settings: dict[str, Any], records: Records
) -> None:
    unfitted.ingest(records(12))
    assert unfitted.fit().suggest("vase no 1").labelled == 12
    script = f"""
from tagger import Tagger
shop = Tagger.open({str(unfitted.folder)!r}, settings={settings!r})
shop.ingest([{{"id": f"v{{n}}", "title": f"vase no {{n}}", "tags": ["vase"]}} for n in range(8)])
shop.fit()
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(THIRD_PARTY)])}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True)
    suggestions = unfitted.suggest("vase no 1")
    assert (suggestions.labelled, suggestions[0].tag) == (20, "vase")


def test_suggestions_go_on_in_a_thread_while_another_fits(unfitted: Tagger, records: Records) -> None:
    unfitted.ingest(records(16))
    unfitted.fit()
    stop = threading.Event()
    found: list[str] = []

    def ask() -> None:
        while not stop.is_set():
            found.append(unfitted.suggest("mug no 1")[0].tag)

    thread = threading.Thread(target=ask)
    thread.start()
    unfitted.fit()
    stop.set()
    thread.join()
    assert found
    assert set(found) == {"mug"}
