"""Measure how many planted wrong labels stand at the head of the list of probable errors.

    python -m benchmarks.bad_labels [SET ...]

Of each set, the first 2,500 products of the training part are ingested with their facets. Of all tags, 5 % and then
10 % are spoilt, chosen at random: every second is replaced by another tag of its facet, the others are taken away.
After a fit, the list of `tagweave check` is cut at 7 % (14 %) of the number of tags. A planted error counts as found if
the wrong tag or the lacking one stands on the list for its product. What else is listed need not be right: the sets
have errors of their own. Writes benchmarks/results/bad_labels.json and the report; what has a result there is not
measured again unless it is named.
"""

import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.datasets import SHARED, split
from benchmarks.main_job import WORK, machine
from benchmarks.report import RESULTS, write_report
from finetune.seq2seq.dataset import read_labelled
from index.product import Product
from index.progress import silent
from index.store import FITTED, Store
from tagger.evaluation import held_out, label_errors
from tagger.evaluation.label_errors import LabelError, find_errors
from tagger.fit import fit
from tagger.settings import read
from tagger.vocabulary.vocabulary import Entry, Vocabulary

FILE = RESULTS / "bad_labels.json"
SETS = ("en_bestbuy", "zh_advertisegen", "en_flipkart", "en_fashion_styles")
SHARES = (0.05, 0.1)
# The list is cut at this multiple of the planted share.
CUT = 1.4
MOST = 2500
SEED = 0
_QUICK: dict[str, Any] = {"taggers": {"generator": {"enabled": False}}}


@dataclass(frozen=True)
class Planted:
    """A spoilt label: the product's id, its tag, and the wrong tag that replaces it, empty if it was taken away."""

    product: str
    tag: str
    wrong: str


def main(sets: Sequence[str]) -> None:
    """Measure what is named, or else what has no result, and write the report."""
    for share in SHARES:
        for name in sets or SETS:
            if sets or str(share) not in _results().get(name, {}):
                _keep(name, share, measure(name, share))


def _results() -> dict[str, Any]:
    return json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}


def _keep(name: str, share: float, result: Mapping[str, Any]) -> None:
    of_set = {**_results().get(name, {}), str(share): result}
    FILE.write_text(json.dumps({**_results(), name: of_set}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write_report()
    print(name, share, json.dumps(result, ensure_ascii=False), flush=True)


def measure(name: str, share: float) -> dict[str, Any]:
    """Spoil a share of the labels, fit, and look for them in the list."""
    products = read_labelled(split(name, WORK / "data")["train"])[:MOST]
    facets = facets_of(name)
    spoilt, planted = plant(products, share, facets)
    with Store.writer(WORK / "bad_labels" / name, create=True) as store:
        store.catalogue.set_labels(Vocabulary([Entry(tag, facets[tag]) for tag in sorted(facets)]).rows(), [])
        store.catalogue.upsert(spoilt)
        fit(store, read(overrides=_QUICK), silent)
    held = held_out.load(store.published(FITTED)[0] / label_errors.FILE)
    errors = find_errors(held, lambda tag: facets.get(tag, ""))
    labels = sum(map(len, held.gold))
    cut = round(CUT * share * labels)
    return {
        "machine": machine(),
        "products": len(held.ids),
        "labels": labels,
        "listed": len(errors),
        "cut": cut,
        **found_of(planted, errors[:cut]),
    }


def facets_of(name: str) -> dict[str, str]:
    """Return each tag's facet, the most frequent one if it has several."""
    counts: dict[str, Counter[str]] = {}
    with gzip.open(SHARED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            for facet, tags in row["tag_facets"].items():
                for tag in tags:
                    counts.setdefault(tag, Counter())[facet] += 1
    return {tag: count.most_common(1)[0][0] for tag, count in counts.items()}


def plant(products: Sequence[Product], share: float, facets: Mapping[str, str]) -> tuple[list[Product], list[Planted]]:
    """Replace or take away a share of the tags."""
    chance = random.Random(SEED)
    tags = {product.id: list(product.tags) for product in products}
    used = sorted({tag for product in products for tag in product.tags})
    planted = []
    cases = [(product, tag) for product in products for tag in product.tags]
    for number, (product, tag) in enumerate(chance.sample(cases, round(share * len(cases)))):
        own = tags[product.id]
        others = [each for each in used if facets[each] == facets[tag] and each not in (*own, *product.tags)]
        wrong = chance.choice(others) if number % 2 and others else ""
        own[own.index(tag)] = wrong
        planted.append(Planted(product.id, tag, wrong))
    return [replace(each, tags=tuple(filter(None, tags[each.id]))) for each in products], planted


def found_of(planted: Sequence[Planted], errors: Collection[LabelError]) -> dict[str, Any]:
    """Count the planted errors of both kinds, and those among these errors."""
    wrong = {(each.product, each.tag) for each in errors}
    missing = {(each.product, each.instead) for each in errors}
    replaced = [each for each in planted if each.wrong]
    removed = [each for each in planted if not each.wrong]
    found_replaced = sum((each.product, each.wrong) in wrong for each in replaced)
    found_removed = sum((each.product, each.tag) in missing for each in removed)
    return {
        "replaced": len(replaced),
        "removed": len(removed),
        "found_replaced": found_replaced,
        "found_removed": found_removed,
        "found": (found_replaced + found_removed) / len(planted),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
