"""Measure the store `anything` on products whose place in Shopify's taxonomy is known.

    python -m benchmarks.anything [MOST]

The English sets have the nodes in `extra.shopify_nodes`; `anything_zh.tsv` has those of 80 leaves of
zh_crawl_categories, mapped by hand. Where several nodes are right, the best one counts. Nothing was trained on any of
these products. The constants of the tagger were chosen on the development part of each set (`DEVELOPMENT`), which is
left out here, but for en_shopify_a, which is too small to be split.

The category of a product is the first one in the answer, accepted or not. Hierarchical F1 compares the sets of its
ancestors and of the right node's, both included. MOST is the largest number of products per set, 1,000 by default.
"""

import csv
import gzip
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.datasets import SHARED
from benchmarks.main_job import machine
from benchmarks.report import RESULTS, write_report
from index.product import Product
from tagger import Tagger
from tagger.vocabulary.formats.packaged import read_packaged
from tagger.vocabulary.paths import path_of

LEAVES = Path(__file__).with_name("anything_zh.tsv")
ENGLISH = ("en_amazon_in", "en_instacart", "en_shopify_a")
CHINESE = "zh_crawl_categories"
# Products by the MD5 of their texts, from the lowest; for the Chinese set, products of each leaf.
DEVELOPMENT = {"en_amazon_in": 400, "en_instacart": 400, "en_shopify_a": 0, CHINESE: 5}
_MOST = 1000

Names = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A product and the paths of the nodes that are right for it."""

    product: Product
    right: Sequence[Names]


def hierarchical_f1(found: Names, right: Sequence[Names]) -> float:
    """Return the F1 of the two sets of ancestors, for the right node that fits best; 0 without a category."""
    return max((2 * _common(found, path) / (len(found) + len(path)) for path in right), default=0.0)


def is_level_right(found: Names, right: Sequence[Names], level: int) -> bool:
    """Return whether the path agrees with a right one down to a level, 1 at the top."""
    return any(len(path) >= level and _common(found, path) >= level for path in right)


def _common(first: Names, second: Names) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


def measure(cases: Sequence[Case], found: Sequence[Names]) -> dict[str, float]:
    """Return the figures of one set. The second level is measured where a right node has one."""
    second = [(path, case.right) for path, case in zip(found, cases, strict=True) if max(map(len, case.right)) > 1]
    return {
        "n": len(cases),
        "first": sum(is_level_right(p, c.right, 1) for p, c in zip(found, cases, strict=True)) / len(cases),
        "second": sum(is_level_right(path, right, 2) for path, right in second) / max(len(second), 1),
        "hierarchical_f1": sum(hierarchical_f1(p, c.right) for p, c in zip(found, cases, strict=True)) / len(cases),
    }


def categories(tagger: Tagger, products: Sequence[Product]) -> list[Names]:
    """Return the English path of the first category in each product's answer, empty if there is none."""
    answers = tagger.suggest_many(products)
    return [next((tuple(tag.path["en"]) for tag in answer if tag.path), ()) for answer in answers]


def cases_of(name: str, paths: Mapping[str, Names], most: int) -> list[Case]:
    """Return the products of a set with known nodes, without those of the development part."""
    rows = sorted(_rows(name), key=lambda row: hashlib.md5((row["title"] + row["description"]).encode()).hexdigest())
    if name == CHINESE:
        return list(_chinese(rows, paths, most))
    found = [(row, row.get("extra", {}).get("shopify_nodes", ())) for row in rows]
    known = [_case(row, [paths[node] for node in nodes if node in paths]) for row, nodes in found if nodes]
    return [case for case in known if case.right][DEVELOPMENT[name] :][:most]


def _chinese(rows: Sequence[Mapping[str, Any]], paths: Mapping[str, Names], most: int) -> Iterator[Case]:
    """Yield as many products of each mapped leaf."""
    with LEAVES.open(encoding="utf-8", newline="") as file:
        leaves = {row["category"]: row["shopify_nodes"].split("|") for row in csv.DictReader(file, delimiter="\t")}
    seen = dict.fromkeys(leaves, 0)
    for row in rows:
        leaf = " > ".join(row["tag_facets"]["category"])
        if leaf in seen:
            seen[leaf] += 1
            if DEVELOPMENT[CHINESE] < seen[leaf] <= DEVELOPMENT[CHINESE] + most // len(leaves):
                yield _case(row, [paths[node] for node in leaves[leaf]])


def _case(row: Mapping[str, Any], right: Sequence[Names]) -> Case:
    return Case(Product(row["id"], row["title"], row["description"], row["lang"]), right)


def _rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(SHARED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(most: int = _MOST) -> None:
    """Measure all sets, and write the results and the report."""
    packaged = read_packaged("shopify")
    paths = {id: tuple(path_of(packaged.vocabulary, tag)["en"]) for id, tag in packaged.by_id.items()}
    tagger = Tagger.demo("anything")
    sets = {}
    for name in (*ENGLISH, CHINESE):
        cases = cases_of(name, paths, most)
        sets[name] = measure(cases, categories(tagger, [case.product for case in cases]))
        print(name, {key: round(value, 3) for key, value in sets[name].items()}, flush=True)
    (RESULTS / "anything.json").write_text(json.dumps({"machine": machine(), "sets": sets}, indent=1) + "\n", "utf-8")
    write_report()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
