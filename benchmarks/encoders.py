"""Compare neighbour voting with two encoders: the transformer, and the static encoder trained on the store's tags.

    python -m benchmarks.encoders [SET ...]

Both taggers vote alone; thresholds are tuned on the validation tenth. Transformer vectors come from the stores in
.bench, which are created if they are missing.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.datasets import split
from benchmarks.main_job import WORK, machine, save, tagweave
from benchmarks.report import SETS, write_report
from finetune.seq2seq.dataset import read_labelled
from index.product import Product
from index.progress import silent
from index.store import Store
from tagger.evaluation import metrics
from tagger.load import adapter_of, encoder_of, resources_of
from tagger.plugins import PluginSettings, create_tagger
from tagger.settings import read

_SHOWN = 50


def main(sets: Sequence[str]) -> None:
    """Measure the named sets, or all of them."""
    save("encoders", {"machine": machine(), "sets": {name: measure(name) for name in sets or SETS}})
    write_report()


def measure(name: str) -> dict[str, Any]:
    """Return the metrics and fit seconds of both taggers on a set's test tenth."""
    paths = split(name, WORK / "data")
    store = open_encoder(WORK / name, paths["train"])
    settings = read()
    encoder = encoder_of(store, settings)
    products = {part: read_labelled(path) for part, path in paths.items()}
    encoder.warm([product.text for part in products.values() for product in part], silent)
    resources = resources_of(store, settings, encoder, adapter_of(store))
    return {
        voter: evaluate_votes(create_tagger(PluginSettings(voter), resources), products) for voter in ("knn", "tuned")
    }


def open_encoder(folder: Path, train: Path) -> Store:
    """Open a set's store, after ingesting its training part if the store does not exist."""
    if not folder.is_dir():
        tagweave("ingest", folder, train)
    return Store.open(folder)


def evaluate_votes(tagger: Any, products: dict[str, list[Product]]) -> dict[str, float]:
    """Fit a tagger and measure it."""
    start = time.perf_counter()
    tagger.fit(products["train"])
    fitted = time.perf_counter()
    said = {part: tagger.suggest(products[part], _SHOWN) for part in ("validation", "test")}
    gold = {part: [product.tags for product in products[part]] for part in said}
    threshold = metrics.best_threshold(said["validation"], gold["validation"])
    return {
        "micro_f1": metrics.micro_f1(metrics.accept(said["test"], threshold), gold["test"]),
        "ndcg@10": metrics.ndcg_at(10, said["test"], gold["test"]),
        "fit_seconds": fitted - start,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
