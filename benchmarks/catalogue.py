"""Measure the catalogue page with 109,373 products: the server time of each event, and the recall of text search.

    python -m benchmarks.catalogue

Ingests zh_crawl_categories into .bench/catalogue unless it is there. Then sends the view the page's requests, each
several times, and writes the medians to benchmarks/results/catalogue.json and the report. Nothing is fitted: search
by meaning uses vectors of character bigrams hashed to 384 dimensions, computed once.
"""

import json
import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.datasets import SHARED
from benchmarks.main_job import WORK, machine, tagweave
from benchmarks.report import RESULTS, write_report
from index.catalogue.query import Query
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.product import Product
from index.progress import silent
from index.store import Store
from index.text.folding import fold
from index.text.scripts import HAN
from index.vectors.base import Matrix
from tagger.search.browse import Browser
from tagger.search.embedding_map import CatalogueMap
from tagger.search.filters import Choice, toggle, turn_page
from tagger.search.similarity import SimilarityIndex
from tagger.web.catalogue.view import CatalogueView
from tagger.web.service.service import Service
from tagger.web.tag_page.view import TagView

STORE = WORK / "catalogue"
SUBSTRINGS = 500
REPEATS = 7
PAGE = 24
_KINDS = {"zh": f"[{HAN}]+", "en": "[A-Za-z][A-Za-z ]+", "mixed": f"(?=.*[A-Za-z]).*[{HAN}].*"}


class HashedPairs:
    """Encode texts as counts of character bigrams, hashed to 384 dimensions, the size of a real encoder's vectors."""

    name, dim = "hashed-pairs", 384

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, 384)."""
        rows = np.full((len(texts), self.dim), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for first, second in pairwise(text):
                row[(ord(first) * 31 + ord(second)) % self.dim] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main() -> None:
    """Run all measurements, and write the result and the report."""
    result: dict[str, Any] = {"command": "python -m benchmarks.catalogue", "machine": machine()}
    if not STORE.exists():
        ingested = tagweave("ingest", STORE, SHARED / "zh_crawl_categories.jsonl.gz")
        result["ingest"] = {name: value for name, value in ingested.items() if name != "rejects"}
    store = Store.open(STORE)
    products = store.catalogue.products()
    result |= {"products": len(products), "repeats": REPEATS, "page": PAGE}
    result["median_ms"] = {name: median_ms(ask) for name, ask in questions(store, products).items()}
    result["median_ms"] |= {name: median_ms(ask) for name, ask in by_meaning(store, products).items()}
    result["substrings"] = substrings(store, products)
    path = RESULTS / "catalogue.json"
    if path.is_file():
        result = {**json.loads(path.read_text("utf-8")), **result}
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write_report()
    print(json.dumps(result, indent=1, ensure_ascii=False))


def questions(store: Store, products: Sequence[Product]) -> dict[str, Callable[[int], object]]:
    """Return the requests by label. Each takes the number of the repeat, so that no request is made twice."""
    service = Service(store)
    view, tag_view, plain = CatalogueView(service), TagView(service), Choice(size=PAGE)
    chance = random.Random(0)
    tags = [tag for product in chance.sample(list(products), 50) for tag in product.tags]
    chinese = ("冰箱", "女式", "黑色", "手机壳", "运动鞋", "保温", "色")
    english = ("nike", "usb", "led", "the", "a", "dell", "mini")
    facets = [("lang", "zh"), ("described", "no"), ("tagged", "yes"), *(("tag", tag) for tag in tags)]
    return {
        "first page, nothing cached": lambda _: CatalogueView(Service(store)).browse(plain),
        "first page": lambda _: view.browse(plain),
        "facet click": lambda n: view.browse(toggle(plain, *facets[n])),
        "second facet click": lambda n: view.browse(toggle(toggle(plain, "tag", tags[n]), "lang", "zh")),
        "text search zh": lambda n: view.browse(replace(plain, text=chinese[n])),
        "text search en": lambda n: view.browse(replace(plain, text=english[n])),
        "text search of two words": lambda n: view.browse(replace(plain, text=f"{chinese[n]} {english[n]}")),
        "next page": lambda n: view.browse(turn_page(plain, 1 + n)),
        "page 4,000": lambda n: view.browse(turn_page(plain, 4000 + n)),
        "page 4,000 by title": lambda n: view.browse(turn_page(replace(plain, order="title"), 4000 + n)),
        "tag page": lambda n: tag_view.open(tags[n]),
        "tag picker": lambda n: view.pick_tags((*chinese, *english)[n], plain),
    }


def by_meaning(store: Store, products: Sequence[Product]) -> dict[str, Callable[[int], object]]:
    """Return the requests that use vectors, by label."""
    encoder = CachedEncoder(HashedPairs(), VectorCache(STORE / "vectors" / "hashed-pairs"))
    encoder.warm([product.text for product in products], silent)
    similarity_index = SimilarityIndex(store.catalogue, encoder)
    browser = Browser(store.catalogue, lambda: similarity_index)
    similarity_index.to_text(Query("冰箱"))
    drawing = CatalogueMap(browser, lambda: similarity_index)
    return {
        "search by meaning": lambda n: browser.browse(Query(products[n].title, limit=PAGE), by_meaning=True),
        "search by meaning in a facet": lambda n: browser.browse(
            Query(products[n].title, products[n].tags[:1], limit=PAGE), by_meaning=True
        ),
        "product with similar products": lambda n: browser.show(products[n].id),
        "map": lambda n: drawing.chart(""),
    }


def median_ms(ask: Callable[[int], object]) -> float:
    """Return the median milliseconds of `REPEATS` calls."""
    times = []
    for number in range(REPEATS):
        start = time.perf_counter()
        ask(number)
        times.append(1000 * (time.perf_counter() - start))
    return round(statistics.median(times), 1)


def substrings(store: Store, products: Sequence[Product]) -> dict[str, Any]:
    """Search for pieces of titles. Count how often the first page has the product, or is full of other matches."""
    outcomes = {"the product itself": 0, "a full page of others with the piece": 0, "not found": []}
    drawn = draw(products)
    for product, piece in drawn:
        page = store.catalogue.page(Query(piece, order="relevance", limit=PAGE)).products
        if product in page:
            outcomes["the product itself"] += 1
        elif len(page) == PAGE and all(fold(piece) in fold(each.title) for each in page):
            outcomes["a full page of others with the piece"] += 1
        else:
            outcomes["not found"].append([product.id, piece])
    return {"drawn": len(drawn), "examples": [piece for _, piece in drawn[::50]], **outcomes}


def draw(products: Sequence[Product]) -> list[tuple[Product, str]]:
    """Draw pieces of 2 to 16 characters from titles: a third each Chinese, Latin and mixed."""
    chance = random.Random(5)
    drawn: list[tuple[Product, str]] = []
    for number in range(SUBSTRINGS):
        kind = list(_KINDS)[number % len(_KINDS)]
        while True:
            product = chance.choice(products)
            start, length = chance.randrange(len(product.title)), chance.randint(2, 16)
            piece = product.title[start : start + length].strip()
            if len(piece) > 1 and re.fullmatch(_KINDS[kind], piece):
                drawn.append((product, piece))
                break
    return drawn


if __name__ == "__main__":
    main()
