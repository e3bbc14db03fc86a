"""The pipeline on one product and in batches, against the sum of its parts."""

import time
from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.speed.material import test_products
from benchmarks.speed.opened import OpenedPipeline
from benchmarks.speed.timing import alternate
from index.batching import batched
from index.product import Product

_ONE = 200
_BATCH = 64
_WARM = 10
EVIDENCE, OTHER, WHOLE = "evidence", "other", "whole"


def measure() -> dict[str, Any]:
    """Measure test products one at a time, with and without evidence, and in batches of 64."""
    opened, products = OpenedPipeline(), test_products()
    for product in products[-_WARM:]:
        opened.explain([product])
    one = _with_parts(opened, [[product] for product in products[:_ONE]], explain=True)
    batches = [batch for batch in map(list, batched(products, _BATCH)) if len(batch) == _BATCH]
    batch = _with_parts(opened, batches, explain=False)
    return {
        "products": len(products),
        "taggers": list(opened.pipeline.taggers),
        "one": {"products": _ONE, **one},
        "batch": {"size": _BATCH, "products_per_second": _BATCH / (batch["ms"]["tag"] / 1000), **batch},
    }


def profile() -> dict[str, Any]:
    """Return each part's median milliseconds, and those of the whole, over test products."""
    opened = OpenedPipeline()
    spent: dict[str, list[float]] = defaultdict(list)
    for product in test_products()[:_ONE]:
        start = time.perf_counter()
        answer = opened.explain([product])
        whole = time.perf_counter() - start
        parts = opened.parts([product]) | {EVIDENCE: answer.seconds[EVIDENCE]}
        for name, seconds in parts.items():
            spent[name].append(seconds)
        spent[OTHER].append(max(0.0, whole - sum(parts.values())))
        spent[WHOLE].append(whole)
    found = {name: 1000 * median(each) for name, each in spent.items()}
    return {"products": _ONE, "whole_ms": found.pop(WHOLE), "parts_ms": found}


def _with_parts(opened: OpenedPipeline, batches: Sequence[list[Product]], *, explain: bool) -> dict[str, Any]:
    """Return median milliseconds of the whole and of each part, and the sum's share of the whole."""
    parts: dict[str, list[float]] = defaultdict(list)
    sums: list[float] = []

    def measure_parts(products: list[Product]) -> None:
        spent = opened.parts(products)
        sums.append(sum(spent.values()))
        for name, seconds in spent.items():
            parts[name].append(seconds)

    runs = {"tag": opened.tag, "parts": measure_parts} | ({"explain": opened.explain} if explain else {})
    spent = alternate(runs, batches)
    bound = median(sums)
    return {
        "ms": {name: 1000 * each for name, each in spent.items() if name != "parts"},
        "parts_ms": {name: 1000 * median(each) for name, each in parts.items()},
        "sum_ms": 1000 * bound,
        "share": bound / spent["tag"],
    }
