"""Simulate a curator: how good the tags get with each label, by the order in which products are labelled.

    python -m benchmarks.learning [SET ...]

The training part of a set is split: its first 600 products measure, the others are the pool. A strategy asks for the
labels of some products of the pool, ten at once up to a hundred, then fifty; a student learns from all labels so far;
and so on up to 1,000 labels. The student is a light one, so that all of it takes minutes: half ridge regression over
words, pairs of words and vectors, half the votes of the 20 nearest labelled products, and the tags whose names are in
the text, by how often such are right so far. It knows the names of all tags, as a store with a vocabulary does. Its
micro-F1 is that of the best threshold. `full` is the same student with the labels of the whole pool.

`ours` is the queue of the page (`tagger.feedback.review_coverage`), `margin` asks where a tag is nearest to even odds,
`coreset` takes the product farthest from all labelled ones (Sener and Savarese, ICLR 2018), `badge` samples gradients
that lie apart (Ash and others, ICLR 2020).

Each run is kept in benchmarks/results/learning.json when it ends; a second call does what is missing.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.datasets import split
from benchmarks.learning.strategies import STRATEGIES, Strategy
from benchmarks.learning.student import Texts, best_f1, learn, read_texts
from benchmarks.main_job import WORK, machine
from benchmarks.report import RESULTS, SETS, write_report
from finetune.seq2seq.dataset import read_labelled
from index.progress import silent
from index.store import Store
from tagger.load import encoder_of
from tagger.settings import read

FILE = RESULTS / "learning.json"
MEASURED = 600
SEEDS = 2
SIZES = (10, 20, 30, 50, 70, 100, 150, 200, 250, 300, 400, 500, 600, 700, 800, 900, 1000)
_FEW, _SMALL, _LARGE = 100, 10, 50


def main(sets: Sequence[str]) -> None:
    """Do all runs of these sets that have no result yet, and write the report."""
    for name in sets or SETS:
        wanted = [(strategy, seed) for strategy in STRATEGIES for seed in range(SEEDS)]
        missing = [run for run in wanted if f"{run[0]} {run[1]}" not in _results().get(name, {})]
        if not missing:
            continue
        pool, measured = prepare(name)
        count = pool.tags.shape[0]
        if "full" not in _results().get(name, {}):
            _keep(name, "full", {str(count): best_f1(learn(pool, range(count), measured), measured.tags)})
        for strategy, seed in missing:
            _keep(name, f"{strategy} {seed}", dict(simulate(pool, measured, STRATEGIES[strategy], seed)))
        write_report()


def _results() -> dict[str, Any]:
    return json.loads(FILE.read_text("utf-8"))["sets"] if FILE.is_file() else {}


def _keep(name: str, run: str, f1: dict[str, float]) -> None:
    sets = {**_results(), name: {**_results().get(name, {}), run: f1}}
    FILE.write_text(json.dumps({"machine": machine(), "sets": sets}, indent=1) + "\n", "utf-8")
    print(name, run, {size: round(value, 3) for size, value in f1.items()}, flush=True)


def prepare(name: str) -> tuple[Texts, Texts]:
    """Return the pool, and the products that measure."""
    products = read_labelled(split(name, WORK / "data")["train"])
    with Store.writer(WORK / "learning", create=True) as store:
        encoder = encoder_of(store, read())
        encoder.warm([product.text for product in products], silent)
        return read_texts(products[MEASURED:], products[:MEASURED], encoder)


def simulate(pool: Texts, measured: Texts, strategy: Strategy, seed: int) -> Iterator[tuple[str, float]]:
    """Yield the micro-F1 at each number of labels."""
    chance = np.random.default_rng(seed)
    labelled: list[int] = []
    chances = None
    for size in (each for each in SIZES if each <= len(pool.vectors)):
        while len(labelled) < size:
            count = min(_SMALL if len(labelled) < _FEW else _LARGE, size - len(labelled))
            labelled += strategy(pool.vectors, labelled, chances, count, chance)
            chances = learn(pool, labelled, pool)
        yield str(size), best_f1(learn(pool, labelled, measured), measured.tags)


if __name__ == "__main__":
    main(sys.argv[1:])
