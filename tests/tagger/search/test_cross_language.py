"""A Chinese product finds English neighbours of its kind, and vice versa."""

import numpy as np
import pytest

from index.encoders.vector_cache import CachedEncoder
from index.product import Product
from index.vectors.flat_index import FlatIndex
from tagger.demo.paths import VOCABULARY
from tagger.vocabulary import read_tsv

NEAREST = 10


def _recall(queries: list[Product], labelled: list[Product], encoder: CachedEncoder) -> float:
    """Return the share of queries with a product of the same kind among the ten nearest."""
    vocabulary = read_tsv(VOCABULARY)
    kind_of = {
        product.id: next(tag for tag in product.tags if vocabulary.facet(tag) == "kind")
        for product in [*queries, *labelled]
    }
    index = FlatIndex(encoder.dim)
    index.add([product.id for product in labelled], encoder.encode([product.text for product in labelled]))
    found = index.search(encoder.encode([product.text for product in queries]), NEAREST + 1)
    others = [
        [hit.id for hit in hits if hit.id != product.id][:NEAREST] for product, hits in zip(queries, found, strict=True)
    ]
    return float(
        np.mean([kind_of[p.id] in {kind_of[id] for id in ids} for p, ids in zip(queries, others, strict=True)])
    )


@pytest.mark.parametrize(("asked", "other"), [("zh", "en"), ("en", "zh")])
def test_the_right_kind_is_found_across_languages_nine_times_in_ten_as_often_as_within_one(
    demo_products: list[Product], demo_encoder: CachedEncoder, asked: str, other: str
) -> None:
    queries = [product for product in demo_products if product.lang == asked]
    across = _recall(queries, [product for product in demo_products if product.lang == other], demo_encoder)
    within = _recall(queries, queries, demo_encoder)
    assert len(queries) > 1000
    assert across >= 0.9 * within
