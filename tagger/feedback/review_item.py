"""What a reviewer sees of a product: its tags and what is suggested for it, each with what was decided on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.catalogue.decision import Decision
from index.product import Product
from tagger.results import TagResult
from tagger.vocabulary import Vocabulary


@dataclass(frozen=True)
class ReviewRow:
    """One tag to be judged: whether the product has it in the catalogue, and the decision on it that is in force."""

    result: TagResult
    stored: bool
    decision: Decision | None = None


@dataclass(frozen=True)
class ReviewItem:
    """A product as it is reviewed, and all decisions on it, the latest first; `without`: why nothing is suggested."""

    product: Product
    rows: Sequence[ReviewRow] = ()
    history: Sequence[Decision] = ()
    without: str = ""


def rows(
    product: Product,
    suggested: Sequence[TagResult],
    history: Sequence[Decision],
    vocabulary: Vocabulary,
    order: Sequence[str] = (),
) -> list[ReviewRow]:
    """Return the tags that are suggested, stored or decided on, but for deleted ones.

    Where an `order` is given, rows stay in it, and what is suggested besides does not come in between.
    """
    active = [each for each in reversed(history) if each.undone_at is None and not vocabulary.drops(each.tag)]
    results = {each.tag: each for each in suggested}
    stored = vocabulary.named(product.tags)
    decided = {vocabulary.canonical(each.tag): each for each in active}
    places = {tag: place for place, tag in enumerate(order)}
    found = dict.fromkeys((*(vocabulary.named(order) or results), *stored, *decided))
    tags = sorted(found, key=lambda tag: places.get(tag, len(places)))
    return [ReviewRow(results.get(tag) or _unsaid(tag, vocabulary), tag in stored, decided.get(tag)) for tag in tags]


def _unsaid(tag: str, vocabulary: Vocabulary) -> TagResult:
    facet, labels = vocabulary.facet(tag), vocabulary.labels(tag)
    return TagResult(tag, 0.0, accepted=False, new=False, facet=facet, labels=labels)
