"""The features of a batch are those of plain loops over products and candidates."""

import random
from collections.abc import Mapping, Sequence
from math import inf, log, log1p, nan

import numpy as np
import pytest

from index.product import Product
from index.text.language import detect_language
from index.text.normal_form import FOLDED
from tagger.fusion import cooccurrence
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import candidates
from tagger.fusion.ranker import companies
from tagger.gbdt import sigmoid
from tagger.types import Ranking, ranked
from tagger.vocabulary import fold, places, stands

_RANDOM = random.Random(3)
WORDS = [*(f"w{number}" for number in range(60)), "红色", "杯子", "T恤", "C++"]
# Frequent and rare ones, of one to three words.
TAGS = [" ".join(_RANDOM.sample(WORDS, 1 + number % 3)) + "!" * (number % 7 == 0) for number in range(200)]


def _some(tags: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple({tags[int(len(tags) * _RANDOM.random() ** 3)] for _ in range(_RANDOM.randint(0, most))})


LABELLED = [Product(str(number), "x", tags=_some(TAGS, 5)) for number in range(400)]
PRODUCTS = [
    Product(
        str(number),
        " ".join(_RANDOM.sample(WORDS, _RANDOM.randint(0, 9))),
        " ".join(_RANDOM.choices(WORDS, k=_RANDOM.randint(0, 30))),
        lang=_RANDOM.choice(["en", "zh", "other", "de"]),
    )
    for number in range(70)
]
TAGGERS = ["knn", "absent", "linear", "prior"]


def _ranking(most: int) -> Ranking:
    return ranked({tag: _RANDOM.choice([0.0, 0.25, _RANDOM.random()]) for tag in _some([*TAGS, "new tag"], most)}, 20)


# "other" is a tagger that the ranker does not know; the linear one has nothing to say on most products.
RANKINGS = {
    name: [_ranking(most) for _ in PRODUCTS] for name, most in {"prior": 30, "knn": 9, "linear": 1, "other": 4}.items()
}


class Counts:
    """Counts of tags, by a loop over all products."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = products
        self._found: dict[tuple[str, ...], int] = {}

    def of(self, *tags: str) -> int:
        if tags not in self._found:
            self._found[tags] = sum(all(tag in product.tags for tag in tags) for product in self.products)
        return self._found[tags]


COUNTS = Counts(LABELLED)


def _first(product: Product, rankings: Mapping[str, Ranking], counts: Counts) -> dict[str, list[float]]:
    strengths: dict[str, float] = {}
    for name in sorted(rankings):
        for tag, score in rankings[name]:
            strengths[tag] = strengths.get(tag, 0.0) + score
    return {tag: _first_row(product, rankings, counts, tag, strengths) for tag in sorted(strengths)}


def _first_row(
    product: Product, rankings: Mapping[str, Ranking], counts: Counts, tag: str, strengths: Mapping[str, float]
) -> list[float]:
    row: list[float] = []
    for name in TAGGERS:
        row += _said(rankings.get(name), tag)
    known = [other for other in strengths if other != tag and counts.of(other)]
    support = sum(strengths[other] * counts.of(tag, other) / (counts.of(other) + 2) for other in known)
    row += [
        support / max(sum(strengths[other] for other in known), 1e-9) if counts.of(tag) else 0,
        log1p(counts.of(tag)),
        sum(tag in dict(ranking) for ranking in rankings.values()),
        len(tag),
        log1p(len(product.text)),
        detect_language(tag) == product.lang,
    ]
    return row + _position(product, fold(tag), [fold(other) for other in strengths])


def _said(ranking: Ranking | None, tag: str) -> list[float]:
    if ranking is None:
        return [nan] * 4
    best = ranking[0].score if ranking else 0
    for rank, (each, score) in enumerate(ranking, start=1):
        if each == tag:
            return [score, 1 / rank, score / best if best > 0 else 0, best]
    return [0, 0, 0, best]


def _position(product: Product, form: str, others: Sequence[str]) -> list[float]:
    text, title = fold(product.text), len(fold(product.title))
    at = list(places(form, text))
    left = title - (at[0] + len(form)) if at else nan
    within = bool(at) and any(stands(form, other) and form != other and stands(other, text) for other in others)
    # The words of these names are divided by spaces, and Chinese ones into characters.
    own, words = _words(form), set(_words(text))
    stand = sum(word in words for word in own) / len(own) if own else nan
    return [bool(at), len(at), at[0] if at else nan, left, left >= 0, within, len(own), stand, title]


def _words(text: str) -> list[str]:
    for character in "红色杯子恤+!":
        text = text.replace(character, f" {character} ")
    return [word for word in text.split() if word not in "+!"]


def _second(probabilities: Mapping[str, float], counts: Counts) -> list[list[float]]:
    order = sorted(probabilities, key=lambda tag: -probabilities[tag])
    total = sum(probabilities.values())
    rows = []
    for tag, own in probabilities.items():
        others = {other: chance for other, chance in probabilities.items() if other != tag}
        given = {other: counts.of(tag, other) / (counts.of(other) + 1) for other in others}
        expected = {other: counts.of(tag) * counts.of(other) / len(counts.products) for other in others}
        excluding = {
            other: min(1, max(0, 1 - counts.of(tag, other) / max(chance, 1e-9))) * chance / (chance + 2)
            for other, chance in expected.items()
        }
        lift = {other: log((counts.of(tag, other) + 0.5) / (chance + 0.5)) for other, chance in expected.items()}
        sure = min((given[other] for other in others if others[other] > 0.5), default=inf)
        rows.append(
            [
                own,
                order.index(tag),
                own / max(*probabilities.values(), 1e-9),
                total,
                sum(probabilities[other] for other in order[: order.index(tag)]),
                max((given[other] * others[other] for other in others), default=0),
                sum(given[other] * others[other] for other in others) / max(total - own, 1e-9),
                sure if sure < inf else nan,
                max((excluding[other] * others[other] for other in others), default=0),
                sum(excluding[other] * others[other] for other in others),
                own - max((others[other] for other in others if excluding[other] > 0.5), default=0),
                sum(lift[other] * others[other] for other in others),
            ]
        )
    return rows


# With a small dense matrix, most counts come from the sparse one; with few cells, each product is a block of its own.
@pytest.mark.parametrize(("dense", "cells"), [(512, 1 << 16), (7, 1 << 16), (0, 1)])
def test_features_are_those_of_plain_loops(monkeypatch: pytest.MonkeyPatch, dense: int, cells: int) -> None:
    monkeypatch.setattr(cooccurrence, "_MOST_DENSE", dense)
    monkeypatch.setattr(cooccurrence, "_MOST_CELLS", cells)
    statistics = TagStatistics.of(LABELLED)
    # The loops read the texts folded.
    table = candidates(PRODUCTS, RANKINGS, statistics, TAGGERS, FOLDED)
    logits = np.random.default_rng(1).normal(-1, 2, len(table.tags))
    together = companies(table, logits, statistics)
    for at, product in list(enumerate(PRODUCTS))[::3]:
        rows = table.of(at)
        first = _first(product, {name: each[at] for name, each in RANKINGS.items()}, COUNTS)
        assert table.tags[rows.start : rows.stop] == list(first)
        _compare(table.features[rows], list(first.values()))
        chances = dict(zip(first, sigmoid(logits[rows]).tolist(), strict=True))
        _compare(together[rows], _second(chances, COUNTS))


def _compare(found: np.ndarray, expected: list[list[float]]) -> None:
    assert found.dtype == np.float32
    # Single precision has 24 bits.
    wanted = np.array(expected).reshape(found.shape)
    assert np.array_equal(np.isnan(found), np.isnan(wanted))
    assert np.nan_to_num(found) == pytest.approx(np.nan_to_num(wanted), rel=2**-23, abs=1e-9)


def test_a_product_has_the_same_features_in_any_batch() -> None:
    statistics = TagStatistics.of(LABELLED)
    table = candidates(PRODUCTS, RANKINGS, statistics, TAGGERS)
    logits = np.random.default_rng(1).normal(-1, 2, len(table.tags))
    together = companies(table, logits, statistics)
    for at, product in enumerate(PRODUCTS):
        alone = candidates([product], {name: [each[at]] for name, each in RANKINGS.items()}, statistics, TAGGERS)
        rows = table.of(at)
        assert np.array_equal(alone.features, table.features[rows], equal_nan=True)
        assert np.array_equal(companies(alone, logits[rows], statistics), together[rows], equal_nan=True)
