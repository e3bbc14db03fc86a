"""Measure whether a store tells products of other kinds apart from its own.

    python -m benchmarks.strangers [demo] [PAIR ...]

The demo's shop gets 420 products of kinds that it does not have, 35 of each of twelve, and its own held-out products:
for these, another store is fitted without them. Then each pair of a set and strangers from other sets: the store is
fitted on the set's training part. Neither the generator nor any stranger takes part in a fit. Results are kept in
benchmarks/results/strangers.json; a part that is named is measured again.
"""

import gzip
import hashlib
import json
import random
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.datasets import SHARED, split
from benchmarks.main_job import WORK, machine
from benchmarks.report import RESULTS, write_report
from finetune.seq2seq.dataset import read_labelled
from index.files.product_reader import read_products
from index.product import Product
from index.progress import silent
from index.store import FITTED, Store
from tagger.demo.paths import PRODUCTS, VOCABULARY
from tagger.demo.store import fill, settings_of_demo
from tagger.evaluation import metrics
from tagger.fit import fit
from tagger.ingest import ingest
from tagger.load import open_pipeline
from tagger.pipeline import Pipeline
from tagger.settings import Settings, read
from tagger.splits import part
from tagger.vocabulary import read_tsv
from tagger.vocabulary.product_tags import canonical

FILE = RESULTS / "strangers.json"
SEED = 0
PER_KIND = 35
PER_PAIR = 200
MOST = 3000
_LIMIT = 20
_QUICK: dict[str, Any] = {"taggers": {"generator": {"enabled": False}}}
Row = Mapping[str, Any]


def main(wanted: Collection[str]) -> None:
    """Measure what is named, or else what has no result, and write the report."""
    parts: dict[str, Callable[[], dict[str, Any]]] = {"demo": measure_demo}
    parts |= {name: (lambda name=name, pair=pair: measure_pair(name, pair)) for name, pair in PAIRS.items()}
    for name, measure in parts.items():
        if name in wanted if wanted else name not in _results():
            result = {"machine": machine(), **measure()}
            FILE.write_text(json.dumps({**_results(), name: result}, indent=1, ensure_ascii=False) + "\n", "utf-8")
            write_report()
            print(name, json.dumps(result, ensure_ascii=False), flush=True)


def _results() -> dict[str, Any]:
    return json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}


@cache
def _rows(name: str) -> list[Row]:
    with gzip.open(SHARED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return sorted(map(json.loads, file), key=lambda row: hashlib.md5(row["id"].encode()).hexdigest())


def _tagged(name: str, *tags: str) -> list[Row]:
    return [row for row in _rows(name) if set(tags) & set(row["tags"])]


def _titled(name: str, word: str, *, without: bool = False) -> list[Row]:
    return [row for row in _rows(name) if (word in row["title"]) is not without]


# Kinds of product that the demo's shop does not have.
KINDS: Mapping[str, Callable[[], list[Row]]] = {
    "wine and spirits (en)": lambda: _tagged("en_instacart", "alcohol"),
    "medicines (en)": lambda: _tagged(
        "en_instacart", "cold flu allergy", "digestion", "muscles joints pain relief", "first aid", "eye ear care"
    ),
    "coffee (en)": lambda: _tagged("en_instacart", "coffee"),
    "groceries (en)": lambda: _tagged("en_instacart", "produce", "pantry", "frozen", "canned goods", "dairy eggs"),
    "electronic parts (en)": lambda: _rows("en_electronics_parts"),
    "car parts (en)": lambda: _tagged("en_amazon_in", "car parts", "motorbike accessories & parts", "car & bike care"),
    "books (zh)": lambda: _rows("zh_douban_books_a"),
    "coffee (zh)": lambda: _titled("zh_hktvmall_a", "咖啡"),
    "groceries (zh)": lambda: _titled("zh_hktvmall_a", "咖啡", without=True),
    "wires and switches (zh)": lambda: _tagged("zh_crawl_categories", "电线、线材", "电工电料", "电气开关", "插座"),
    "building materials (zh)": lambda: _tagged("zh_crawl_categories", "瓷砖", "涂料、油漆", "马桶", "地板"),
    "office supplies (zh)": lambda: _tagged("zh_crawl_categories", "墨盒", "硒鼓、粉盒", "财务用品", "文件管理"),
}


@dataclass(frozen=True)
class Pair:
    """The strangers of a set's store: the rows of another set, in its test part or as a whole where it is small."""

    strangers: str
    whole: bool = False
    without: Collection[str] = ()


PAIRS: Mapping[str, Pair] = {
    "en_bestbuy": Pair("en_sephora"),
    # The clothes are left out, and what goes with them.
    "zh_advertisegen": Pair("zh_litemall", whole=True, without=("服装", "婴童", "配件", "洗护")),
    "en_myntra": Pair("en_bird_food"),
}


def measure_demo() -> dict[str, Any]:
    """Measure the demo's shop: strangers on the whole shop, and its own products on one fitted without them."""
    whole, held_out = WORK / "strangers" / "demo", WORK / "strangers" / "demo-held-out"
    products = _fit_demo(whole, lambda product: True)
    pipeline = open_pipeline(Store.open(whole))
    by_kind = {kind: _judge(pipeline, _products(_draw(rows(), PER_KIND))) for kind, rows in KINDS.items()}
    _fit_demo(held_out, lambda product: part(product) == "training")
    own = [product for product in products if part(product) != "training"]
    return {
        "strangers": _sum(by_kind.values()),
        "kinds": by_kind,
        "own": _judge_own(open_pipeline(Store.open(held_out)), own),
    }


def _fit_demo(folder: Path, wanted: Callable[[Product], bool]) -> list[Product]:
    """Fit a store on some of the demo's products, unless it is fitted; return all products."""
    settings = settings_of_demo(overrides=_QUICK)
    with Store.writer(folder, settings.catalogue, create=True) as store:
        if FITTED not in store.manifest().publications:
            fill(store, settings, silent)
            store.catalogue.delete([each.id for each in store.catalogue.products() if not wanted(each)])
            fit(store, settings, silent)
    read_back = [row.outcome for row in read_products([PRODUCTS])]
    return canonical([each for each in read_back if isinstance(each, Product)], read_tsv(VOCABULARY))


def _judge(pipeline: Pipeline, products: Sequence[Product]) -> dict[str, float]:
    """Return how many products are unknown, and how many get an accepted category or kind, or any accepted tag."""
    answers = pipeline.answers(products, _LIMIT)
    accepted = [[tag for tag in answer.tags if tag.accepted] for answer in answers]
    named = [[tag for tag in tags if tag.facet in ("category", "kind")] for tags in accepted]
    return {
        "products": len(products),
        "unknown": sum(not answer.familiarity.known for answer in answers),
        "accepted category or kind": sum(map(bool, named)),
        "accepted any": sum(map(bool, accepted)),
    }


def _judge_own(pipeline: Pipeline, products: Sequence[Product]) -> dict[str, float]:
    """Return how many of a store's own held-out products are unknown, and the micro-F1 with and without that."""
    outputs = pipeline.ask(products)
    familiarity = pipeline.familiarity(products, outputs)
    gold = [product.tags for product in products]
    f1 = [
        metrics.micro_f1(pipeline.accept(pipeline.to_current_names(scored.rankings(50))), gold)
        for scored in (
            pipeline.score(products, outputs.rankings, familiarity),
            pipeline.fuser.score(products, outputs.rankings),
        )
    ]
    return {
        "products": len(products),
        "unknown": sum(not each.known for each in familiarity),
        "micro_f1": f1[0],
        "micro_f1 if all were known": f1[1],
    }


def measure_pair(name: str, pair: Pair) -> dict[str, Any]:
    """Fit a store on the training part of a set; judge its test part, and the strangers."""
    parts = split(name, WORK / "data", most=MOST)
    store = WORK / "strangers" / name
    _fit_file(store, parts["train"], read(overrides=_QUICK))
    pipeline = open_pipeline(Store.open(store))
    rows = _rows(pair.strangers) if pair.whole else _test_rows(pair.strangers)
    strange = [row for row in rows if not set(pair.without) & set(row["tags"])]
    return {
        "from": pair.strangers,
        "strangers": _judge(pipeline, _products(_draw(strange, PER_PAIR))),
        "own": _judge_own(pipeline, read_labelled(parts["test"])),
    }


def _fit_file(folder: Path, train: Path, settings: Settings) -> None:
    with Store.writer(folder, settings.catalogue, create=True) as store:
        if FITTED not in store.manifest().publications:
            ingest(store, [train], silent)
            fit(store, settings, silent)


def _test_rows(name: str) -> list[Row]:
    return [json.loads(line) for line in split(name, WORK / "data")["test"].read_text("utf-8").splitlines()]


def _draw(rows: Sequence[Row], most: int) -> list[Row]:
    return random.Random(SEED).sample(list(rows), min(most, len(rows)))


def _products(rows: Sequence[Row]) -> list[Product]:
    return [Product(row["id"], row["title"], row["description"], row["lang"]) for row in rows]


def _sum(parts: Collection[Mapping[str, float]]) -> dict[str, float]:
    return {name: sum(part[name] for part in parts) for name in next(iter(parts))}


if __name__ == "__main__":
    main(sys.argv[1:])
