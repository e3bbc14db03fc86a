"""Our seconds per product beside those of rival taggers, which the comparison of quality measured."""

import json
from typing import Any

from benchmarks.report import RESULTS
from benchmarks.speed.material import SET, test_products
from benchmarks.speed.opened import OpenedPipeline
from benchmarks.speed.timing import alternate

_RIVALS = ("Annif ensemble", "PECOS XR-Linear", "SetFit MiniLM")
_REPEATS = 3


def measure() -> dict[str, Any]:
    """Tag all test products in one call, and divide the rivals' seconds by their products."""
    quality = json.loads((RESULTS / "quality.json").read_text("utf-8"))[SET]
    _, validation, test = quality["products"]
    opened, products = OpenedPipeline(), test_products()
    [spent] = alternate({"tagweave": opened.tag}, [products] * _REPEATS).values()
    rivals = {name: quality["systems"][name] for name in _RIVALS if name in quality["systems"]}
    return {
        "set": SET,
        "tagweave_ms": 1000 * spent / len(products),
        "rivals_ms": {
            name: 1000 * system["seconds"]["predict"] / (validation + test) for name, system in rivals.items()
        },
        "rivals_machine": quality["machine"],
    }
