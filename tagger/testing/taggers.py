"""Conformance checks for taggers."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from index.messages import Message
from index.product import Product
from tagger.plugins import BaseTagger, Explains, Pretrained, Reviews, Trainable
from tagger.plugins.guarded_tagger import missing_methods, wrong_types
from tagger.testing.saved_files import check_no_pickle
from tagger.types import Evidence, Ranking, ranked

TOLERANCE = 1e-3
_ROUNDING = 1e-6
# Texts that break taggers: no words, one letter, other scripts, a letter whose lower case is two, great length.
_ODD = ("…", "x", "Ⅻ ﷺ 🛒", "İİİ", "コーヒー", "= {} %s \\ ' \" <b>", "mug 杯子 " * 2000)


def check_tagger(make: Callable[[], BaseTagger], products: Sequence[Product], folder: Path, *, limit: int = 5) -> None:
    """Run every check that applies to the tagger.

    `make` returns a new, unfitted tagger; `products` are at least two labelled ones; `folder` is empty and writable.
    """
    assert len(products) > 1, "the checks need at least two products"
    tagger = make()
    missing = missing_methods(tagger)
    assert not missing, Message(missing.code, plugin=Message("plugin.checked"), **missing.params)
    if isinstance(tagger, Trainable):
        tagger.fit(products)
    check_rankings(tagger, products, limit=limit)
    check_odd_texts(tagger, limit=limit)
    check_batches(tagger, products, limit=limit)
    if isinstance(tagger, Trainable):
        check_saving(tagger, make, products, folder, limit=limit)
    if isinstance(tagger, Pretrained):
        check_unseen(tagger, products)
    if isinstance(tagger, Explains):
        check_evidence(tagger, products, limit=limit)
    if isinstance(tagger, Reviews):
        check_reviews(tagger, products, limit=limit)


def check_rankings(tagger: BaseTagger, products: Sequence[Product], *, limit: int = 5) -> None:
    """Check that there is one ranking for each product, of at most `limit` tags, best first, ties by name."""
    assert tagger.suggest([], limit) == [], "no product must give no ranking"
    for most in (1, limit):
        for product, ranking in zip(products, _suggest(tagger, products, most), strict=True):
            _check_ranking(product, ranking, most)


def check_odd_texts(tagger: BaseTagger, *, limit: int = 5) -> None:
    """Check that texts without known words, with one letter or of great length get valid rankings."""
    check_rankings(tagger, [Product(f"odd {number}", text) for number, text in enumerate(_ODD)], limit=limit)
    check_rankings(tagger, [Product("empty", "")], limit=limit)


def check_batches(tagger: BaseTagger, products: Sequence[Product], *, limit: int = 5) -> None:
    """Check that a product gets the same tags alone, in a batch and in a reversed batch."""
    together = _suggest(tagger, products, limit)
    turned = _suggest(tagger, products[::-1], limit)[::-1]
    alone = [_suggest(tagger, [product], limit)[0] for product in products]
    for how, others in (("in a reversed batch", turned), ("alone", alone)):
        for product, expected, found in zip(products, together, others, strict=True):
            difference = _difference(expected, found)
            assert difference <= TOLERANCE, (
                f"{product.id}: {how} the scores differ by {difference:g} from those in a batch, more than {TOLERANCE}"
            )


def check_saving(
    tagger: Trainable, make: Callable[[], BaseTagger], products: Sequence[Product], folder: Path, *, limit: int = 5
) -> None:
    """Check that a new tagger that loads the saved state gives the same rankings, and that no file is a pickle."""
    tagger.save(folder)
    check_no_pickle(folder)
    loaded = make()
    assert isinstance(loaded, Trainable), "make must return the same kind of tagger each time"
    loaded.load(folder)
    pairs = zip(_suggest(tagger, products, limit), _suggest(loaded, products, limit), strict=True)
    for product, (before, after) in zip(products, pairs, strict=True):
        assert _difference(before, after) <= _ROUNDING, f"{product.id}: {before} before saving, {after} after loading"


def check_unseen(tagger: Pretrained, products: Sequence[Product]) -> None:
    """Check that the tagger tells of each product whether it was held out from training."""
    for product in products:
        answer = tagger.unseen(product)
        assert isinstance(answer, bool), f"{product.id}: unseen must return True or False, not {answer!r}"


def check_evidence(tagger: Explains, products: Sequence[Product], *, limit: int = 5) -> None:
    """Check that evidence is given only for requested tags, and that it is possible."""
    assert tagger.explain([], []) == [], "no product must give no evidence"
    asked = [[each.tag for each in ranking[::2]] for ranking in _suggest(tagger, products, limit)]
    shown = tagger.explain(products, asked)
    assert len(shown) == len(products), f"{len(shown)} explanations for {len(products)} products"
    for product, tags, evidence in zip(products, asked, shown, strict=True):
        others = sorted(set(evidence) - set(tags))
        assert not others, f"{product.id}: evidence for {others[0]!r}, which was not requested"
        for tag, of_tag in evidence.items():
            _check_evidence(f"{product.id}, {tag!r}", product.text, of_tag)
    nothing = tagger.explain(products, [()] * len(products))
    assert not any(nothing), "evidence although no tag was requested"


def check_reviews(tagger: Reviews, products: Sequence[Product], *, limit: int = 5) -> None:
    """Check that there is one ranking for each product that is reviewed, as `suggest` returns them."""
    assert tagger.sample >= 0, f"sample must be at least 0, not {tagger.sample}"
    assert 0 <= tagger.share <= 1, f"share must be from 0 to 1, not {tagger.share}"
    assert tagger.review([], [], limit, 0) == [], "no product must give no ranking"
    candidates = [ranked(dict.fromkeys(product.tags, 0.5), limit) for product in products]
    for among in (0, len(products)):
        rankings = tagger.review(products, candidates, limit, among)
        wrong = wrong_types(rankings, len(products))
        assert not wrong, f"review returned {wrong}"
        for product, ranking in zip(products, rankings, strict=True):
            _check_ranking(product, ranking, limit)


def _suggest(tagger: BaseTagger, products: Sequence[Product], limit: int) -> list[Ranking]:
    rankings = tagger.suggest(products, limit)
    wrong = wrong_types(rankings, len(products))
    assert not wrong, f"suggest returned {wrong}"
    return rankings


def _check_ranking(product: Product, ranking: Ranking, limit: int) -> None:
    assert len(ranking) <= limit, f"{product.id}: {len(ranking)} tags although at most {limit} were requested"
    for each in ranking:
        assert each.tag.strip(), f"{product.id}: an empty tag in {ranking}"
        assert math.isfinite(each.score), f"{product.id}: the score of {each.tag!r} is {each.score}"
    tags = [each.tag for each in ranking]
    assert len(set(tags)) == len(tags), f"{product.id}: a duplicate tag in {tags}"
    expected = sorted(ranking, key=lambda each: (-each.score, each.tag))
    assert ranking == expected, f"{product.id}: not best first, ties by name: {ranking}"


def _check_evidence(place: str, text: str, evidence: Evidence) -> None:
    for span in evidence.spans:
        stands = 0 <= span.start < span.end and text[span.start : span.end] == span.text
        assert stands, f"{place}: {span} is not in the text"
    for neighbour in evidence.neighbours:
        assert abs(neighbour.similarity) <= 1 + TOLERANCE, f"{place}: {neighbour} has an impossible cosine similarity"
        assert 0 <= neighbour.vote <= 1 + TOLERANCE, f"{place}: {neighbour} has an impossible share of the votes"


def _difference(first: Ranking, second: Ranking) -> float:
    """Return the largest difference between a tag's two scores.

    If near ties swap places at the end, a tag may be in one ranking only; the other's last score is used then.
    """
    if len(first) != len(second):
        return math.inf
    one, other = dict(first), dict(second)
    last = [ranking[-1].score if ranking else 0.0 for ranking in (first, second)]
    return max((abs(one.get(tag, last[0]) - other.get(tag, last[1])) for tag in one | other), default=0.0)
