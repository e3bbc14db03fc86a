"""How much reviewing a product is worth, from the suggestions of the store's own models."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from index.product import Product
from tagger.fusion.fuser import by_product
from tagger.pipeline import Pipeline
from tagger.search.similarity import SimilarityIndex
from tagger.types import Ranking

_LEAST_COMPARED = 3


@dataclass(frozen=True)
class ReviewPriority:
    """How doubtful a product's tags are.

    `doubt` is the expected number of wrong or missing tags, `disagreement` (0 to 1) how much the taggers differ, `near`
    the number of similar products, and `uncertainty` half the entropy of the suggestions.
    """

    id: str
    doubt: float
    disagreement: float
    near: int
    uncertainty: float = 0.0

    @property
    def total(self) -> float:
        """How much there is to learn: what is doubtful about the tags, or uncertain about the suggestions."""
        return max(self.doubt, self.uncertainty)


def review_priority(
    product: Product,
    ranking: Ranking,
    rankings: Mapping[str, Ranking],
    near: int,
    *,
    threshold: float,
    named: Callable[[Iterable[str]], Collection[str]],
) -> ReviewPriority:
    """Return the priority of a product, from its fused ranking and each tagger's ranking.

    A product without tags is treated as if it had the tags whose probability reaches `threshold`. `named` maps tags to
    their current names and drops deleted ones. `near` is the number of similar products.
    """
    held = set(named(product.tags)) or {tag for tag, chance in ranking if chance >= threshold}
    return ReviewPriority(
        product.id, doubt(ranking, held), disagreement(rankings, len(held)), near, uncertainty(ranking)
    )


def doubt(ranking: Ranking, held: Collection[str]) -> float:
    """Return the expected number of wrong and missing tags of a product that has exactly the tags `held`."""
    chances = dict(ranking)
    missing = sum(chance for tag, chance in ranking if tag not in held)
    return missing + sum(1 - chances.get(tag, 0.0) for tag in held)


def uncertainty(ranking: Ranking) -> float:
    """Return half the entropy of the suggestions, in bits.

    It is at least the expected number of errors of the best tags, and more where many tags are a little probable. A
    simulated curator learns faster by it (`benchmarks.learning`).
    """
    return -sum(chance * math.log2(chance) for _, each in ranking for chance in (each, 1 - each) if chance > 0) / 2


def disagreement(rankings: Mapping[str, Ranking], held: int) -> float:
    """Return one minus the mean pairwise Jaccard overlap of the taggers' top tags.

    Each tagger's top `held` tags are compared, at least 3.
    """
    most = max(held, _LEAST_COMPARED)
    best = [{tag for tag, _ in ranking[:most]} for ranking in rankings.values() if ranking]
    overlaps = [len(one & other) / len(one | other) for one, other in combinations(best, 2)]
    return 1 - sum(overlaps) / len(overlaps) if overlaps else 0.0


_CANDIDATES = 15


# Products of this cosine similarity count as near: under multilingual-e5-small they share about half their tags.
_NEAR = 0.93


def review_priorities(
    pipeline: Pipeline, similarity_index: SimilarityIndex, products: Sequence[Product]
) -> list[ReviewPriority]:
    """Return the review priority of each product, by all taggers but the slow, pretrained ones."""
    near = similarity_index.crowds(products, _NEAR)
    quick = pipeline.quick()
    said = quick.rankings(products)
    rankings = quick.fuse(products, said, _CANDIDATES)
    named, accepted_from = pipeline.vocabulary.named, pipeline.accepted_from
    shown = {name: quick.to_current_names(of_name) for name, of_name in said.items()}
    asked = zip(products, rankings, by_product(shown, len(products)), near, strict=True)
    return [review_priority(*each, threshold=accepted_from(each[1]), named=named) for each in asked]
