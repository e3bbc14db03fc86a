"""Measure what a wanted precision gives: fit with it, and count the accepted tags of the test tenth that are right.

    python -m benchmarks.rules [SET ...]

Writes benchmarks/results/rules.json: of all accepted tags, and of each facet, the precision with its 95 % interval
(Wilson), and the share of the right tags accepted without a wanted precision that still are.
"""

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.datasets import SHARED, split
from benchmarks.main_job import WORK, save, tagweave
from index.files.product_reader import read_products
from index.product import Product
from index.store import Store
from tagger.load import open_pipeline
from tagger.pipeline import Pipeline
from tagger.rules import NO_RULES
from tagger.vocabulary.product_tags import canonical

SETS = ("en_bestbuy", "zh_advertisegen", "en_flipkart")
PRECISION = 0.95
_SHOWN = 50
# The 97.5th percentile of the normal distribution.
_Z = 1.959964


def main(sets: Sequence[str]) -> None:
    """Measure the named sets, by default three, and save the figures."""
    save("rules", {"precision": PRECISION, "sets": {name: measure(name) for name in sets or SETS}})


def measure(name: str) -> dict[str, Any]:
    """Fit one set with a wanted precision, and compare what is accepted with and without it."""
    parts = split(name, WORK / "data")
    store = WORK / f"rules-{name}"
    store.mkdir(parents=True, exist_ok=True)
    (store / "settings.toml").write_text(f"[rules]\nprecision = {PRECISION}\n", "utf-8")
    tagweave("ingest", store, parts["train"], "--vocabulary", _facets(name, WORK / "data"))
    tagweave("fit", store)
    pipeline = open_pipeline(Store.open(store))
    found = [each.outcome for each in read_products([parts["test"]])]
    products = canonical([each for each in found if isinstance(each, Product)], pipeline.vocabulary)
    with_rules = _accepted(pipeline, products)
    pipeline.rules = NO_RULES
    return figures(products, with_rules, _accepted(pipeline, products), pipeline)


def _accepted(pipeline: Pipeline, products: Sequence[Product]) -> list[set[str]]:
    asked = [replace(each, tags=()) for each in products]
    return [{each.tag for each in tags if each.accepted} for tags in pipeline.tag(asked, _SHOWN)]


def figures(
    products: Sequence[Product], accepted: Sequence[set[str]], before: Sequence[set[str]], pipeline: Pipeline
) -> dict[str, Any]:
    """Return the precision of all tags and of each facet, and the share of right tags that is still accepted."""
    outcomes: Mapping[str, list[bool]] = defaultdict(list)
    right_before = right_still = 0
    for product, now, then in zip(products, accepted, before, strict=True):
        gold = set(product.tags)
        for tag in now:
            outcomes[pipeline.vocabulary.facet(tag)].append(tag in gold)
        right_before += len(then & gold)
        right_still += len(then & gold & now)
    whole = [hit for of_facet in outcomes.values() for hit in of_facet]
    return {
        "accepted": len(whole),
        "precision": sum(whole) / max(1, len(whole)),
        "kept": right_still / max(1, right_before),
        "facets": {facet: _interval(hits) for facet, hits in sorted(outcomes.items())},
    }


def _interval(hits: Sequence[bool]) -> dict[str, float]:
    """Return the share of hits with Wilson's interval (JASA 1927)."""
    count, share = len(hits), sum(hits) / len(hits)
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z / (1 + _Z**2 / count) * (share * (1 - share) / count + _Z**2 / (4 * count**2)) ** 0.5
    return {"accepted": count, "precision": share, "low": middle - half, "high": middle + half}


def _facets(name: str, folder: Path) -> Path:
    """Write the facet of each tag of a set as a vocabulary."""
    facets: dict[str, str] = {}
    with gzip.open(SHARED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            for facet, tags in json.loads(line)["tag_facets"].items():
                facets |= {tag: facet for tag in tags if tag not in facets and "\t" not in tag}
    path = folder / f"{name}.facets.tsv"
    rows = (f"{facet}\t{tag}\t\t{tag}\n" for tag, facet in facets.items())
    path.write_text("facet\ttag\tzh\ten\n" + "".join(rows), "utf-8")
    return path


if __name__ == "__main__":
    main(sys.argv[1:])
