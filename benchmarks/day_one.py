"""Measure a store that has a list of tags, unlabelled products, and few labels or none.

    python -m benchmarks.day_one MODELS [SET ...]

MODELS is what `python -m finetune.products` wrote: each set is judged with the encoder and the names model that were
trained without it and its relatives. The vocabulary is the list of the set's tags that at least three products have;
2,000 training texts are ingested; 0, 20, 50, 100 or 300 have labels. Results are kept in
benchmarks/results/day_one.json; a set that is named is measured again.
"""

import json
import random
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.datasets import split
from benchmarks.held_out_models import settings_without
from benchmarks.main_job import WORK, machine
from benchmarks.report import RESULTS, write_report
from finetune.seq2seq.dataset import read_labelled
from index.product import Product
from index.progress import silent
from index.store import FITTED, Store
from tagger.evaluation import metrics
from tagger.fit import fit
from tagger.ingest import ingest
from tagger.load import open_pipeline
from tagger.settings import read
from tagger.types import Ranking
from tagger.vocabulary import Entry, Vocabulary

FILE = RESULTS / "day_one.json"
LABELS = (0, 20, 50, 100, 300)
ZERO_ONLY = ("en_flipkart_specs", "en_fashion_styles", "en_myntra", "zh_crawl_categories")
SETS = ("en_bestbuy", "zh_advertisegen", "en_flipkart", *ZERO_ONLY)
TEXTS, TESTED, SEED = 2000, 400, 0
_LEAST_PRODUCTS = 3
_LIMIT = 50
_CALIBRATED = 10


def main(models: Path, wanted: Sequence[str]) -> None:
    """Measure the named sets, or those without results, and write the report."""
    for name in wanted or SETS:
        for labels in (0,) if name in ZERO_ONLY else LABELS:
            saved = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
            if wanted or str(labels) not in saved.get(name, {}):
                result = measure(models, name, labels)
                saved[name] = {**saved.get(name, {}), "machine": machine(), str(labels): result}
                FILE.write_text(json.dumps(saved, indent=1, ensure_ascii=False) + "\n", "utf-8")
                write_report()
                print(name, labels, json.dumps(result), flush=True)


def measure(models: Path, name: str, labels: int) -> dict[str, Any]:
    """Fit a store with so many labels, and judge it on the test part."""
    parts = split(name, WORK / "data")
    whole, test = read_labelled(parts["train"]), read_labelled(parts["test"])[:TESTED]
    names = _names([*whole, *read_labelled(parts["validation"]), *test])
    folder = WORK / "day-one" / f"{name}-{labels}"
    shutil.rmtree(folder, ignore_errors=True)
    settings = read(overrides=settings_without(models, name, WORK / "day-one"))
    with Store.writer(folder, settings.catalogue, create=True) as store:
        listed = Vocabulary([Entry(tag) for tag in sorted(names)])
        ingest(
            store, [_labelled(whole[:TEXTS], labels, names, folder.with_suffix(".jsonl"))], silent, vocabulary=listed
        )
        report = fit(store, settings, silent)
        about = store.published(FITTED)[1]
    pipeline = open_pipeline(Store.open(folder))
    gold = [[tag for tag in product.tags if tag in names] for product in test]
    outputs = pipeline.ask(test)
    fused = pipeline.fuse(test, outputs.rankings, _LIMIT, pipeline.familiarity(test, outputs))
    singles = {
        tagger: metrics.micro_f1(metrics.accept(outputs.rankings[tagger], threshold), gold)
        for tagger, threshold in about["thresholds"].items()
        if tagger in outputs.rankings
    }
    return {
        **_figures(fused, gold, report.threshold),
        "best single tagger": max(singles.items(), key=lambda each: each[1]) if singles else None,
        "taggers": report.taggers,
        "fuser": report.fuser,
        "seconds": report.seconds,
    }


def _figures(rankings: Sequence[Ranking], gold: Sequence[Sequence[str]], threshold: float) -> dict[str, float]:
    """Return nDCG@10, micro-F1 at the fitted and at the best threshold, and the ECE over the first ten tags."""
    first = [ranking[:_CALIBRATED] for ranking in rankings]
    return {
        "ndcg@10": metrics.ndcg_at(10, rankings, gold),
        "micro_f1": metrics.micro_f1(metrics.accept(rankings, threshold), gold),
        "best micro_f1": metrics.micro_f1(metrics.accept(rankings, metrics.best_threshold(rankings, gold)), gold),
        "ece": metrics.calibration_error(first, gold),
    }


def _names(products: Sequence[Product]) -> set[str]:
    counts = Counter(tag for product in products for tag in product.tags)
    return {tag for tag, count in counts.items() if count >= _LEAST_PRODUCTS}


def _labelled(products: Sequence[Product], labels: int, names: set[str], path: Path) -> Path:
    """Write the products; the given number of them keep their tags."""
    known = [product.id for product in products if names & set(product.tags)]
    chosen = set(random.Random(SEED).sample(known, min(labels, len(known))))
    rows: list[Mapping[str, Any]] = [
        {
            "id": product.id,
            "title": product.title,
            "description": product.description,
            "lang": product.lang,
            "tags": [tag for tag in product.tags if tag in names] if product.id in chosen else [],
        }
        for product in products
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
