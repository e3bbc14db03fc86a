"""The products and the store that the parts measure with."""

import gzip
import json
import random
from pathlib import Path

from benchmarks.datasets import SHARED, split
from benchmarks.main_job import WORK, tagweave
from finetune.seq2seq.dataset import read_labelled
from index.encoders.weights import PRODUCTS, Weights, WeightsSettings, find
from index.product import Product
from index.store import Store

# The largest set of titles without descriptions whose rivals have all been measured.
SET = "en_fashion_styles"
STORE = WORK / "speed"
_MIXED = ("en_bestbuy", "en_flipkart", "en_myntra", "zh_advertisegen", "zh_crawl_categories", "zh_taobao_beauty")
_READ = 3000
_READY = "speed-ready.json"


def mixed_texts(count: int) -> list[str]:
    """Draw texts of both languages, from titles of a few words to long descriptions; the seed is 0."""
    rng = random.Random(0)
    texts = []
    for number, name in enumerate(_MIXED):
        with gzip.open(SHARED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line, _ in zip(file, range(_READ), strict=False)]
        share = (count + number) // len(_MIXED)
        texts += [f"{row['title']}\n{row['description']}".strip() for row in rng.sample(rows, share)]
    rng.shuffle(texts)
    return texts


def default_weights() -> Weights:
    """Find the weights of the default encoder in the cache folder of the benchmarks."""
    return find(PRODUCTS, WeightsSettings(WORK / "cache"))


def training_files() -> list[Path]:
    """Return the files with the 7,200 products that are no test products."""
    paths = split(SET, WORK / "data")
    return [paths["train"], paths["validation"]]


def test_file() -> Path:
    """Return the file with the test products."""
    return split(SET, WORK / "data")["test"]


def test_products() -> list[Product]:
    """Read the test products, which are not in the store."""
    return read_labelled(test_file())


def fitted_store() -> Store:
    """Open the store of 7,200 titles, after ingest and fit if it does not exist."""
    if not (STORE / _READY).is_file():
        tagweave("ingest", STORE, *training_files())
        (STORE / _READY).write_text(json.dumps(tagweave("fit", STORE)), "utf-8")
    return Store.open(STORE)
