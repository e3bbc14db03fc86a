"""A product under review: its stored and suggested tags, each with the decision on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.catalogue.decision import Decision
from index.messages import Message
from index.product import Product
from tagger.results import TagResult
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.paths import path_of, plain_names


@dataclass(frozen=True)
class ReviewRow:
    """One tag to review; `stored` tells whether the catalogue has it, `decision` is the one in force."""

    result: TagResult
    stored: bool
    decision: Decision | None = None


@dataclass(frozen=True)
class ReviewItem:
    """A product under review, and all decisions on it, the latest first.

    `without` is the reason if there are no suggestions.
    """

    product: Product
    rows: Sequence[ReviewRow] = ()
    history: Sequence[Decision] = ()
    without: Message | None = None


def rows(
    product: Product,
    suggested: Sequence[TagResult],
    history: Sequence[Decision],
    vocabulary: Vocabulary,
    order: Sequence[str] = (),
) -> list[ReviewRow]:
    """Return a row for each suggested, stored or decided tag, without deleted tags.

    If `order` is given, its tags come first, in that order, and suggestions outside it are left out.
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
    facet, labels, path = vocabulary.facet(tag), plain_names(vocabulary, tag), path_of(vocabulary, tag)
    return TagResult(tag, 0.0, accepted=False, new=False, facet=facet, labels=labels, path=path)
