"""Find tags of labelled products that are probably wrong or missing, from out-of-fold probabilities.

An error is as probable as the models say that have not seen the product's labels: this is the self-confidence of
confident learning (Northcutt, Jiang and Chuang, JAIR 2021), for products with several tags (Thyagarajan, Snorrason,
Northcutt and Mueller, 2022). Levels of each tag's own, as confident learning has them for single labels, were tried and
found far fewer of the planted errors.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from tagger.evaluation.evaluate import FUSED
from tagger.evaluation.held_out import HeldOut
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.types import Ranking

FILE = "out_of_fold.json.gz"
# Probabilities of tags that a product lacks are kept from this one on.
_LEAST = 0.1
_PROBABLE = 0.5
# Stands for the tag that is not there if a tag is only missing or only wrong.
_NONE = ("", 0.0)
# A tag and its probability.
_Chance = tuple[str, float]


@dataclass(frozen=True)
class LabelError:
    """A probable error among the tags of a product.

    `tag` is a tag of the product that is probably wrong, and `instead` one that it probably lacks; if both are given,
    they have the same facet. Either may be empty. `score` (0 to 1) is the probability of the surer one to be an error.
    """

    product: str
    tag: str
    instead: str
    facet: str
    score: float


def of_folds(judged: Sequence[FoldPredictions], fused: Sequence[Sequence[Ranking]], threshold: float) -> HeldOut:
    """Return the fused out-of-fold probabilities of all products: of their own tags, and of others from 0.1 on."""
    whole = [(part, of_part) for part, of_part in zip(judged, fused, strict=True) if part.whole]
    products = [product for part, _ in whole for product in part.products]
    rankings = chain.from_iterable(of_part for _, of_part in whole)
    kept = [
        [each for each in ranking if each.score >= _LEAST or each.tag in product.tags]
        for product, ranking in zip(products, rankings, strict=True)
    ]
    gold = [product.tags for product in products]
    return HeldOut([product.id for product in products], gold, {FUSED: kept}, {FUSED: threshold})


def find_errors(
    held: HeldOut, facet_of: Callable[[str], str], settled: Collection[tuple[str, str]] = frozenset()
) -> list[LabelError]:
    """Return the probable errors among the tags of all products, the surest first.

    A tag that is suggested for no product at all is none that the models know, and never counts as wrong; one that no
    product has is never missing. `settled` are pairs of a product's id and a tag that are no longer in doubt.
    """
    known = {each.tag for ranking in held.rankings[FUSED] for each in ranking}
    known &= set(chain.from_iterable(held.gold))
    found: list[LabelError] = []
    for id, tags, ranking in zip(held.ids, held.gold, held.rankings[FUSED], strict=True):
        chances = dict(ranking)
        doubtful = {tag for tag in (*tags, *chances) if tag in known and (id, tag) not in settled}
        chances = {tag: chance for tag, chance in chances.items() if tag in doubtful}
        found += errors_of(id, [tag for tag in tags if tag in doubtful], chances, facet_of)
    return sorted(found, key=lambda each: (-each.score, each.product, each.tag, each.instead))


def errors_of(
    product: str, tags: Sequence[str], chances: Mapping[str, float], facet_of: Callable[[str], str]
) -> Iterator[LabelError]:
    """Yield the probable errors among one product's tags; `chances` are probabilities, 0 for a tag not among them.

    A wrong tag and a more probable one that the product lacks are one error if they share a facet.
    """
    facets: dict[str, tuple[list[_Chance], list[_Chance]]] = {}
    for tag in (*tags, *(each for each in chances if each not in tags)):
        facets.setdefault(facet_of(tag), ([], []))[tag not in tags].append((tag, chances.get(tag, 0.0)))
    for facet, (own, others) in facets.items():
        wrong = sorted(own, key=lambda pair: (pair[1], pair[0]))
        missing = sorted(others, key=lambda pair: (-pair[1], pair[0]))
        likelier = sum(chance < of_other for (_, chance), (_, of_other) in zip(wrong, missing, strict=False))
        # Two tags without a facet may be of different kinds.
        pairs = likelier if facet else 0
        for (tag, chance), (instead, of_instead) in _pair(wrong, missing, pairs):
            score = max(1 - chance if tag else 0.0, of_instead)
            if score >= _PROBABLE:
                yield LabelError(product, tag, instead, facet, score)


def _pair(wrong: Sequence[_Chance], missing: Sequence[_Chance], pairs: int) -> Iterator[tuple[_Chance, _Chance]]:
    """Pair the first of both lists, and leave the others alone."""
    yield from zip(wrong[:pairs], missing[:pairs], strict=True)
    yield from ((each, _NONE) for each in wrong[pairs:])
    yield from ((_NONE, each) for each in missing[pairs:])
