"""Measure the service over loopback: `python -m benchmarks.service [STORE] [--short]`.

Prints how many products a second `/v1/suggest` answers, in brief, beside a loop over `Pipeline.suggest` in batches,
which is measured in turn with it; and what becomes of the answers when ten times as many clients ask. The clients run
in a process of their own (`benchmarks.light_client`).
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from index.product import make_product
from index.store import Store
from tagger.load import open_pipeline
from tagger.pipeline import Pipeline

_BATCH = 256
_PEAK, _MANY = 16, 50
_STARTED_S = 180
# The least that is good enough, as a share of the loop, or of the peak.
_OF_LOOP, _OF_PEAK, _OVERLOADED = 0.65, 0.95, 0.90


def main() -> int:
    """Measure, print the figures, and return 1 if one is not good enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", nargs="?", type=Path, help="folder of a fitted store (default: the demo)")
    parser.add_argument("--short", action="store_true", help="five seconds a measurement instead of twenty")
    parser.add_argument("--rounds", type=int, default=2, help="how often the loop and the peak are measured in turn")
    options = parser.parse_args()
    folder = options.store or _demo()
    store = Store.open(folder)
    texts = [product.title for product in store.catalogue.products()[:2000] if product.title]
    pipeline = open_pipeline(store)
    with Server(folder) as server:
        figures = _measure(server, pipeline, texts, 5.0 if options.short else 20.0, options.rounds)
    json.dump(figures, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0 if all(figures["good_enough"].values()) else 1


def _measure(server: "Server", pipeline: Pipeline, texts: Sequence[str], seconds: float, rounds: int) -> dict[str, Any]:
    _loop(pipeline, texts, 1.0, "warm")
    server.clients(texts, 2, 2.0, "w")
    loops, peaks = [], []
    for place in range(rounds):
        loops.append(_loop(pipeline, texts, seconds / 2, f"l{place}"))
        peaks.append(server.clients(texts, _PEAK, seconds, f"p{place}x"))
    explained = _explain(pipeline, texts, 30)
    one = server.clients(texts, 1, seconds / 2, "o", brief=False)
    many = server.clients(texts, _MANY, seconds, "m")
    health: list[float] = []
    with server.watched(health):
        over = server.clients(texts, 10 * _PEAK, seconds, "v")
    loop, peak = statistics.median(loops), statistics.median(_rate(each) for each in peaks)
    good = {
        "peak of loop": peak / loop >= _OF_LOOP,
        "one client": _part(one["answered"], 0.5) <= 1.15 * explained,
        "50 clients": _rate(many) >= _OF_PEAK * peak and _part(many["answered"], 0.99) <= 1.5,
        "overload": _rate(over) >= _OVERLOADED * peak and not over["errors"] and not over["without_retry"],
        "refusals": _part(over["refused"], 0.99) <= 0.05,
        "health": _part(sorted(health), 0.99) <= 0.05,
    }
    return {
        "cores": os.cpu_count(),
        "loop_per_second": loop,
        "peak_per_second": peak,
        "peak_of_loop": peak / loop,
        "explain_ms": explained * 1000,
        "one_client_ms": _part(one["answered"], 0.5) * 1000,
        "many": _summary(many, peak),
        "overload": _summary(over, peak),
        "livez_p99_ms": _part(sorted(health), 0.99) * 1000,
        "good_enough": good,
    }


def _summary(run: Mapping[str, Any], peak: float) -> dict[str, Any]:
    return {
        "per_second": _rate(run),
        "of_peak": _rate(run) / peak,
        "p50_s": _part(run["answered"], 0.5),
        "p99_s": _part(run["answered"], 0.99),
        "refused": len(run["refused"]),
        "refused_p99_ms": _part(run["refused"], 0.99) * 1000,
        "errors": run["errors"],
        "client_cpu": run["cpu_seconds"] / run["seconds"],
    }


def _rate(run: Mapping[str, Any]) -> float:
    return len(run["answered"]) / float(run["seconds"])


def _part(values: Sequence[float], part: float) -> float:
    """Return a quantile of sorted values, 0 if there are none."""
    return values[min(len(values) - 1, int(part * len(values)))] if values else 0.0


def _loop(pipeline: Pipeline, texts: Sequence[str], seconds: float, mark: str) -> float:
    """Return the products per second of `Pipeline.suggest` in batches, on texts that it has not seen."""
    products = iter(make_product(f"{text} {mark}{place}") for place, text in enumerate(texts * 20))
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds and (batch := list(islice(products, _BATCH))):
        done += len(pipeline.suggest(batch, 10))
    return done / (time.perf_counter() - begun)


def _explain(pipeline: Pipeline, texts: Sequence[str], times: int) -> float:
    """Return the median seconds of `Pipeline.explain`."""
    spent = []
    for place in range(times):
        product = make_product(f"{texts[place % len(texts)]} e{place}")
        begun = time.perf_counter()
        pipeline.explain(product, 10)
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


class Server:
    """`tagweave serve` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._address = ("127.0.0.1", 0)

    def __enter__(self) -> "Server":
        command = [sys.executable, "-m", "tagger.cli", "serve", str(self._folder), "--port", "0"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if found := re.search(r"http://([\d.]+):(\d+)", line):
                self._address = (found[1], int(found[2]))
                break
        threading.Thread(target=self._process.stderr.read, daemon=True).start()
        end = time.monotonic() + _STARTED_S
        while time.monotonic() < end and not self._ready():
            time.sleep(0.2)
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(30)

    @property
    def url(self) -> str:
        """Return the server's address."""
        return "http://{}:{}".format(*self._address)

    def clients(self, texts: Sequence[str], clients: int, seconds: float, mark: str, brief: bool = True) -> Any:
        """Let clients ask for some seconds, and return what they report."""
        host, port = self._address
        asked = {
            "host": host, "port": port, "path": "/v1/suggest", "clients": clients, "seconds": seconds, "mark": mark,
            "texts": list(texts), "options": {"brief": brief},
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.light_client"]
        done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def watched(self, seconds: list[float]) -> "_Watch":
        """Return a context in which the server's health is asked for ten times a second."""
        return _Watch(f"{self.url}/livez", seconds)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz") as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class _Watch:
    def __init__(self, url: str, seconds: list[float]) -> None:
        self._url, self._seconds, self._ended = url, seconds, threading.Event()

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._ended.wait(0.1):
            begun = time.perf_counter()
            with urllib.request.urlopen(self._url) as answer:
                answer.read()
            self._seconds.append(time.perf_counter() - begun)


def _demo() -> Path:
    from index.progress import silent
    from tagger.demo.store import ready, settings_of_demo

    return ready(settings_of_demo(name="demo"), silent, None, name="demo")


if __name__ == "__main__":
    raise SystemExit(main())
