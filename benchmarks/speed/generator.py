"""The generator in CTranslate2 against transformers: the same model, prompts and decoding."""

from dataclasses import replace
from typing import Any

from benchmarks.main_job import WORK
from benchmarks.speed.material import fitted_store, test_products
from benchmarks.speed.timing import alternate
from index.encoders.weights import WeightsSettings
from index.progress import silent
from index.store import FITTED, Store
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.generation.ctranslate2_engine import CTranslate2Writer
from tagger.generation.decoding import Decoding, Writer
from tagger.generation.prompt import Near, prompts, votes
from tagger.generation.torch_engine import TorchWriter
from tagger.load import neighbours_of
from tagger.settings import settings_from

BARE, OURS = "transformers", "ctranslate2"
_PRODUCTS = 64
_SINGLE = 20
_REPEATS = 3
_BEAMS = (1, 4)


def measure() -> dict[str, Any]:
    """Write the tags of test products one at a time, and all in one call."""
    asked = _prompts(fitted_store())
    return {"products": len(asked), "beams": {str(beams): _compare(asked, beams) for beams in _BEAMS}}


def _prompts(store: Store) -> list[str]:
    neighbours = neighbours_of(store, settings_from(store.published(FITTED)[1]["settings"]), silent)
    neighbours.fit(store.catalogue.products(labelled=True))
    products = test_products()[:_PRODUCTS]
    near = [[Near(hit.score, neighbours.tags[hit.id]) for hit in hits] for hits in neighbours.near(products)]
    return [prompts(product, votes(of_product))[0] for product, of_product in zip(products, near, strict=True)]


def _compare(asked: list[str], beams: int) -> dict[str, Any]:
    base, cache = find_base(T5_PRODUCTS, WeightsSettings(WORK / "cache")), WORK / "cache"
    decoding = replace(Decoding(), beams=beams)
    writers: dict[str, Writer] = {
        OURS: CTranslate2Writer(base, None, decoding, cache),
        BARE: TorchWriter(base, None, decoding, "cpu"),
    }
    runs = {name: writer.write for name, writer in writers.items()}
    for write in runs.values():
        write(asked[:2])
    one, batch = alternate(runs, [[prompt] for prompt in asked[:_SINGLE]]), alternate(runs, [asked] * _REPEATS)
    return {
        "one_ms": {name: 1000 * each for name, each in one.items()},
        "products_per_second": {name: len(asked) / each for name, each in batch.items()},
        "one_ratio": one[BARE] / one[OURS],
        "batch_ratio": batch[BARE] / batch[OURS],
    }
