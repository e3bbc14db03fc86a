"""Weigh products for the review queue with a store's own models."""

from collections.abc import Sequence

from index.product import Product
from tagger.feedback.review_priority import Worth, weighed
from tagger.fusion.fuser import by_product
from tagger.pipeline import Pipeline
from tagger.search.similarity import Nearness

_CANDIDATES = 15
# Products with this cosine similarity count as near ones: with multilingual-e5-small they share about half their tags.
_NEAR = 0.93


def worths(pipeline: Pipeline, nearness: Nearness, products: Sequence[Product]) -> list[Worth]:
    """Return what the review of each product is worth, by the taggers that take little time."""
    near = nearness.crowds(products, _NEAR)
    quick = pipeline.quick()
    said = quick.rankings(products)
    rankings = quick.fused(products, said, _CANDIDATES)
    named, accepted_from = pipeline.vocabulary.named, pipeline.accepted_from
    shown = {name: quick.shown(of_name) for name, of_name in said.items()}
    asked = zip(products, rankings, by_product(shown, len(products)), near, strict=True)
    return [weighed(*each, threshold=accepted_from(each[1]), named=named) for each in asked]
