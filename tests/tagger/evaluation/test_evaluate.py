from collections.abc import Sequence
from typing import Any

import pytest

from index.errors import BadInput, StaleArtifact
from index.product import Product
from index.progress import silent
from index.store import FITTED
from tagger.evaluation.evaluate import evaluate
from tagger.fusion.fuser import UNTRAINED
from tagger.pipeline import Pipeline
from tagger.types import Ranking, ranked
from tagger.vocabulary import Entry, Vocabulary
from tagger.vocabulary.product_tags import canonical


class Knowing:
    """Suggests a product's own tags with one score, and an additional tag with another score."""

    def __init__(self, right: float, wrong: float) -> None:
        self._right = right
        self._wrong = wrong

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        return [ranked({"wrong": self._wrong} | dict.fromkeys(each.tags, self._right), limit) for each in products]


def pipeline(**taggers: Knowing) -> Pipeline:
    return Pipeline(taggers, UNTRAINED["weighted_sum"], threshold=0.6, vocabulary=Vocabulary())


PRODUCTS = [Product("1", "x", tags=("a", "b")), Product("2", "x", tags=("c",)), Product("3", "no tags")]


def test_each_system_is_measured_with_a_threshold_of_its_own() -> None:
    told = evaluate(pipeline(good=Knowing(0.9, 0.1), poor=Knowing(0.2, 0.8)), PRODUCTS, {"good": 0.05}, silent)
    assert told.n == 2
    assert list(told.systems) == ["fused", "good", "poor"]
    assert [system["threshold"] for system in told.systems.values()] == [0.6, 0.05, 0.5]
    # The means of .9 and .2 and of .1 and .8 are .55 and .45: the order is right, but nothing is accepted at .6.
    fused, good, poor = told.systems.values()
    assert (fused["precision@1"], fused["ndcg@5"], fused["micro_f1"]) == (1, 1, 0)
    # At 0.05 everything is accepted: 3 of 5 are right, and 3 are wanted.
    assert good["micro_f1"] == pytest.approx(2 * 3 / (5 + 3))
    assert (poor["precision@1"], poor["micro_f1"], poor["recall@5"]) == (0, 0, 1)


class Failing:
    """A tagger that fails for more than one product."""

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        if len(products) > 1:
            raise StaleArtifact("too many")
        return [ranked({"a": 0.5}, limit) for _ in products]


def test_a_tagger_that_need_not_be_there_and_fails_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    taggers = {"good": Knowing(0.9, 0.1), "failing": Failing()}
    fused = UNTRAINED["weighted_sum"]
    asked = Pipeline(taggers, fused, threshold=0.6, vocabulary=Vocabulary(), optional=["failing"])
    assert list(evaluate(asked, PRODUCTS, {}, silent).systems) == ["fused", "good"]
    assert "failing could not be asked about all products and is left out" in caplog.text


def test_all_figures_are_there() -> None:
    told = evaluate(pipeline(good=Knowing(0.9, 0.1)), PRODUCTS, {}, silent)
    assert told.systems["fused"] == {
        "precision@1": 1,
        "precision@3": pytest.approx((2 / 3 + 1 / 3) / 2),
        "precision@5": pytest.approx((2 / 5 + 1 / 5) / 2),
        "recall@5": 1,
        "recall@20": 1,
        "ndcg@5": 1,
        "ndcg@10": 1,
        "micro_f1": 1,
        "macro_f1": 1,
        "sample_f1": 1,
        # The calibration error is 0.1 in both bins: right at 0.9, wrong at 0.1.
        "ece": pytest.approx(0.1),
        "threshold": 0.6,
    }


def test_many_products_are_asked_in_batches() -> None:
    told: list[tuple[str, int, int]] = []
    many = [Product(str(number), "x", tags=("a",)) for number in range(300)]
    found = evaluate(pipeline(good=Knowing(0.9, 0.1)), many, {}, lambda *each: told.append(each))
    assert found.n == 300
    assert told == [("evaluate", 0, 300), ("evaluate", 256, 300), ("evaluate", 300, 300)]
    assert found.systems["fused"]["micro_f1"] == 1


@pytest.mark.parametrize("products", [[], PRODUCTS[2:]])
def test_products_without_tags_cannot_be_evaluated_on(products: list[Product]) -> None:
    with pytest.raises(BadInput, match="none of the products to evaluate has tags"):
        evaluate(pipeline(good=Knowing(0.9, 0.1)), products, {}, silent)


def test_tags_are_compared_under_the_vocabularys_names() -> None:
    vocabulary = Vocabulary([Entry("mug", "", {"zh": ("杯子",), "en": ("mug", "cup")})])
    [product] = canonical([Product("1", "x", tags=("杯子", "Cup", "red", "Red"))], vocabulary)
    assert product.tags == ("mug", "red", "Red")


def test_on_the_real_store_fusing_beats_what_is_frequent_and_each_tagger_alone(shop: Any) -> None:
    told = evaluate(shop.pipeline, shop.unseen, shop.store.published(FITTED)[1]["thresholds"], silent)
    assert told.n == 78
    assert list(told.systems) == ["fused", "prior", "lexical", "knn", "linear", "pairs", "phrases"]
    fused = told.systems["fused"]
    for name, system in told.systems.items():
        assert all(0 <= value <= 1 for value in system.values()), name
        assert fused["ndcg@10"] >= system["ndcg@10"], name
        assert fused["micro_f1"] >= system["micro_f1"] - 0.02, name
    assert fused["precision@1"] > 0.8
    assert fused["ece"] < 0.1
    assert fused["threshold"] == shop.pipeline.threshold
