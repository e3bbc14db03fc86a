"""How much the review of a product teaches, from what the store's own models suggest for it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from index.product import Product
from tagger.fusion.fuser import by_product
from tagger.pipeline import Pipeline
from tagger.search.similarity import SimilarityIndex
from tagger.types import Ranking

# So many near products make half of the most that density counts for.
_HALF = 10
_LEAST_COMPARED = 3


@dataclass(frozen=True)
class ReviewPriority:
    """What the review of a product is worth.

    `doubt` is the expected number of its tags that are wrong or missing, `disagreement` (0 to 1) how much the taggers
    differ, `near` the number of products that would learn from it.
    """

    id: str
    doubt: float
    disagreement: float
    near: int

    @property
    def total(self) -> float:
        """Weigh the doubt: twice where the taggers share no tag, and twice where many products are near."""
        return self.doubt * (1 + self.disagreement) * (1 + self.near / (self.near + _HALF))


def review_priority(
    product: Product,
    ranking: Ranking,
    rankings: Mapping[str, Ranking],
    near: int,
    *,
    threshold: float,
    named: Callable[[Iterable[str]], Collection[str]],
) -> ReviewPriority:
    """Weigh a product by its fused ranking and each tagger's; without tags, those that would be accepted are held.

    `named` returns what its tags are called now, without deleted ones.
    """
    held = set(named(product.tags)) or {tag for tag, chance in ranking if chance >= threshold}
    return ReviewPriority(product.id, doubt(ranking, held), disagreement(rankings, len(held)), near)


def doubt(ranking: Ranking, held: Collection[str]) -> float:
    """Return how many decisions are wrong by expectation where these tags are held and all others are not."""
    chances = dict(ranking)
    missing = sum(chance for tag, chance in ranking if tag not in held)
    return missing + sum(1 - chances.get(tag, 0.0) for tag in held)


def disagreement(rankings: Mapping[str, Ranking], held: int) -> float:
    """Return one minus the mean overlap (Jaccard) of each two taggers' best tags, as many as are held."""
    most = max(held, _LEAST_COMPARED)
    best = [{tag for tag, _ in ranking[:most]} for ranking in rankings.values() if ranking]
    overlaps = [len(one & other) / len(one | other) for one, other in combinations(best, 2)]
    return 1 - sum(overlaps) / len(overlaps) if overlaps else 0.0


_CANDIDATES = 15


# Products with this cosine similarity count as near ones: with multilingual-e5-small they share about half their tags.
_NEAR = 0.93


def review_priorities(
    pipeline: Pipeline, similarity_index: SimilarityIndex, products: Sequence[Product]
) -> list[ReviewPriority]:
    """Return what the review of each product is worth, by the taggers that take little time."""
    near = similarity_index.crowds(products, _NEAR)
    quick = pipeline.quick()
    said = quick.rankings(products)
    rankings = quick.fuse(products, said, _CANDIDATES)
    named, accepted_from = pipeline.vocabulary.named, pipeline.accepted_from
    shown = {name: quick.to_current_names(of_name) for name, of_name in said.items()}
    asked = zip(products, rankings, by_product(shown, len(products)), near, strict=True)
    return [review_priority(*each, threshold=accepted_from(each[1]), named=named) for each in asked]
