"""A product gets the same tags alone, in any batch, in any order and in any process.

`make soak` runs ten thousand cases, `make test` only a few.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.product import Product, make_product
from tagger.load import open_pipeline
from tagger.pipeline import Pipeline
from tagger.types import Ranking

TOLERANCE = 1e-3
_ALL = 1000
_WORDS = (
    "steel", "mug", "red", "bottle", "冰箱", "超薄", "连衣裙", "纯棉", "450升", "750ml", "M码", "for", "with",
    "réversible", "コーヒー", "🛒", "—", "(new)", "【正品】", "Volterra", "10-pack",
)  # fmt: skip
_words = st.one_of(st.sampled_from(_WORDS), st.text(max_size=8))
_texts = st.lists(_words, max_size=12).map(" ".join)
_products = st.lists(st.tuples(_texts, _texts), min_size=1, max_size=4).map(
    lambda pairs: [make_product(*pair, id=str(number)) for number, pair in enumerate(pairs)]
)


@pytest.fixture(scope="module")
def pipelines(shop: Any) -> list[Pipeline]:
    """Three pipelines of one store. Each has its own encoder, so none has cached the vectors of the others' texts."""
    return [open_pipeline(shop.store) for _ in range(3)]


def _difference(one: Ranking, other: Ranking) -> float:
    first, second = dict(one), dict(other)
    return max((abs(first.get(tag, 0.0) - second.get(tag, 0.0)) for tag in first | second), default=0.0)


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(products=_products)
def test_a_product_gets_the_same_tags_in_any_batch_and_order(
    pipelines: list[Pipeline], products: list[Product]
) -> None:
    first, second, third = pipelines
    together = first.suggest(products, _ALL)
    turned = second.suggest(products[::-1], _ALL)[::-1]
    alone = [third.suggest([product], _ALL)[0] for product in products]
    for product, expected, *others in zip(products, together, turned, alone, strict=True):
        assert all(_difference(expected, other) <= TOLERANCE for other in others), product


_ASK = """
import json, sys
from pathlib import Path
from index.product import make_product
from index.store import Store
from tagger.load import open_pipeline
products = [make_product(*pair) for pair in json.load(sys.stdin)]
print(json.dumps(open_pipeline(Store.open(Path(sys.argv[1]))).suggest(products, 50)))
"""


@pytest.mark.slow
def test_another_process_gives_the_same_tags(shop: Any) -> None:
    pairs = [(product.title, product.description) for product in shop.unseen[:40]]
    here = shop.pipeline.suggest([make_product(*pair) for pair in pairs], 50)
    command = [sys.executable, "-c", _ASK, str(shop.store.folder)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, input=json.dumps(pairs), capture_output=True, text=True, check=True, cwd=root)
    there = json.loads(done.stdout)
    assert len(there) == len(here) == 40
    assert all(_difference(one, other) <= TOLERANCE for one, other in zip(here, there, strict=True))
