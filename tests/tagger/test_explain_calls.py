"""How often an answer calls slow operations, counted with the real components."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.catalogue.decision import DecisionDraft
from index.encoders.base import Encoder
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.neighbours import Neighbours
from index.product import Product, make_product
from index.store import Store
from index.vectors.base import Hit, Matrix
from index.vectors.flat_index import FlatIndex
from tagger.corrections.active import ActiveDecisions
from tagger.fusion.calibration import ByLanguage
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import candidates
from tagger.fusion.ranker import LearnedRanker, companies
from tagger.gbdt import GbdtModel, TreeSettings, fit_trees
from tagger.pipeline import Pipeline
from tagger.plugins import Resources
from tagger.taggers.knn import KnnTagger
from tagger.taggers.lexical import LexicalTagger, TagMatches
from tagger.taggers.linear import LinearTagger, TextFeatures
from tagger.taggers.linear import create as create_linear
from tagger.taggers.phrases import PhraseTagger, ScoredPhrases

COLOURS, KINDS = ("red", "blue", "green"), ("mug", "lamp", "chair", "table")
PRODUCTS = [
    Product(str(number), f"{colour} {kind} number {number}", lang="en", tags=(colour, kind))
    for number, (colour, kind) in enumerate([(colour, kind) for colour in COLOURS for kind in KINDS] * 5)
]
SETTINGS = TreeSettings(rounds=10, leaves=4, least_in_leaf=5)

calls: Counter[str] = Counter()


class CountingEncoder:
    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dim, self._encoder = encoder.name, encoder.dim, encoder

    def encode(self, texts: Sequence[str]) -> Matrix:
        calls["encode"] += 1
        return self._encoder.encode(texts)


class CountingIndex(FlatIndex):
    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        calls["search"] += 1
        return super().search(queries, k)


class CountingTrees(GbdtModel):
    def __init__(self, model: GbdtModel, name: str) -> None:
        super().__init__(model.text)
        self._name = name

    def logits(self, features: np.ndarray) -> np.ndarray:
        calls[f"{self._name} predicts"] += 1
        return super().logits(features)

    def contributions(self, features: np.ndarray) -> np.ndarray:
        calls[f"{self._name} explains"] += 1
        calls["rows explained"] = len(features)
        return super().contributions(features)


class CountingLexical(LexicalTagger):
    def analyze(self, products: Sequence[Product]) -> TagMatches:
        calls["lexical"] += 1
        return super().analyze(products)


class CountingPhrases(PhraseTagger):
    def analyze(self, products: Sequence[Product]) -> ScoredPhrases:
        calls["phrases"] += 1
        return super().analyze(products)


class CountingLinear(LinearTagger):
    def analyze(self, products: Sequence[Product]) -> TextFeatures:
        calls["linear"] += 1
        return super().analyze(products)


@pytest.fixture
def pipeline(resources: Resources, tmp_path: Path) -> Pipeline:
    """Four taggers, a learned ranker and a decision, all with call counters that start at zero."""
    encoder = CachedEncoder(CountingEncoder(resources.encoder), VectorCache(tmp_path / "vectors"))
    linear = create_linear(resources)
    linear.__class__ = CountingLinear
    taggers = {
        "knn": KnnTagger(Neighbours(encoder, CountingIndex, 5), shown=3, seed=0),
        "lexical": CountingLexical(resources.vocabulary, least_characters=2),
        "phrases": CountingPhrases(resources.vocabulary, new_tags=True, seed=0),
        "linear": linear,
    }
    for tagger in taggers.values():
        tagger.fit(PRODUCTS)
    rankings = {name: tagger.suggest(PRODUCTS, 20) for name, tagger in taggers.items()}
    statistics = TagStatistics.of(PRODUCTS)
    table = candidates(PRODUCTS, rankings, statistics, list(taggers))
    targets = table.targets([product.tags for product in PRODUCTS])
    first = fit_trees(table.features, targets, SETTINGS)
    second = fit_trees(companies(table, first.logits(table.features), statistics), targets, SETTINGS)
    passes = CountingTrees(first, "first"), CountingTrees(second, "second")
    with Store.writer(tmp_path / "store", create=True) as store:
        store.decisions.decide([DecisionDraft("add", PRODUCTS[0], "gift", "Ann")])
    pipeline = Pipeline(
        taggers,
        LearnedRanker(*passes, statistics, list(taggers), ByLanguage()),
        threshold=0.5,
        vocabulary=resources.vocabulary,
        decisions=ActiveDecisions(store.decisions, encoder, resources.vocabulary),
    )
    pipeline.suggest([make_product("green table number 70")], 5)
    calls.clear()
    return pipeline


def test_an_explanation_does_everything_once(pipeline: Pipeline) -> None:
    answer = pipeline.explain(make_product("red mug number 71"), 3)
    assert {"red", "mug"} <= {each.tag for each in answer.tags}
    assert answer.tags[0].evidence.neighbours
    assert answer.tags[0].evidence.spans
    assert calls == {
        "encode": 1,
        "search": 1,
        "lexical": 1,
        "phrases": 1,
        "linear": 1,
        "first predicts": 1,
        "second predicts": 1,
        "first explains": 1,
        "rows explained": 3,
    }


def test_decisions_on_a_product_cost_its_explanation_no_further_call(pipeline: Pipeline) -> None:
    answer = pipeline.explain(PRODUCTS[0], 3)
    assert answer.tags[0].tag == "gift"
    assert answer.tags[0].evidence.decisions[0].by == "Ann"
    # Only the decision supports the gift, so two tags are left to explain.
    assert calls["rows explained"] == 2
    assert [calls[f"{name} predicts"] for name in ("first", "second")] == [1, 1]
    assert (calls["first explains"], calls["second explains"]) == (1, 0)
    assert calls["search"] == 1


def test_suggestions_for_a_batch_ask_once_for_all_and_explain_nothing(pipeline: Pipeline) -> None:
    pipeline.suggest([make_product(f"blue chair number {number}") for number in range(80, 90)], 5)
    assert calls == {
        "encode": 1,
        "search": 1,
        "lexical": 1,
        "phrases": 1,
        "linear": 1,
        "first predicts": 1,
        "second predicts": 1,
    }
