import pickle
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from index.product import Product
from tagger.load import open_pipeline
from tagger.plugins import PluginSettings, Resources, create_tagger
from tagger.testing import (
    check_batches,
    check_evidence,
    check_odd_texts,
    check_rankings,
    check_saving,
    check_tagger,
    check_unseen,
)
from tagger.types import Evidence, Neighbour, Ranking, Span, Suggestion
from tagger.vocabulary import Entry, Vocabulary

PRODUCTS = [
    Product("1", "Steel mug", "A red mug of steel.", "en", ("mug", "red")),
    Product("2", "Desk lamp", "Bright, and blue.", "en", ("lamp", "blue")),
    Product("3", "陶瓷杯子", "红色的马克杯。", "zh", ("mug", "red")),
    Product("4", "台灯", "蓝色，护眼。", "zh", ("lamp", "blue", "护眼")),
    Product("5", "", "red red red", "en", ("red",)),
]
VOCABULARY = Vocabulary(
    [
        Entry("mug", "kind", {"zh": ("杯子", "马克杯"), "en": ("mug", "cup")}),
        Entry("lamp", "kind", {"zh": ("台灯",), "en": ("lamp",)}),
        Entry("red", "colour", {"zh": ("红色",), "en": ("red",)}),
    ]
)


@pytest.mark.parametrize(
    ("plugin", "options"),
    [
        ("prior", {}),
        ("lexical", {}),
        ("knn", {"neighbours": 3}),
        ("linear", {"analyzer": "words"}),
        ("linear", {"analyzer": "pairs"}),
        ("linear", {"analyzer": "characters"}),
        ("phrases", {}),
        ("phrases", {"new_tags": False}),
        ("acme-oracle", {}),
    ],
)
@pytest.mark.parametrize("limit", [2, 20])
def test_every_tagger_passes(
    plugin: str, options: dict[str, Any], limit: int, resources: Resources, tmp_path: Path
) -> None:
    used = replace(resources, vocabulary=VOCABULARY)
    check_tagger(lambda: create_tagger(PluginSettings(plugin, plugin, options), used), PRODUCTS, tmp_path, limit=limit)


def test_a_pipeline_is_a_tagger_too(fitted: Callable[..., Any]) -> None:
    pipeline = open_pipeline(fitted(PRODUCTS)[0])
    check_rankings(pipeline, PRODUCTS)
    check_odd_texts(pipeline)
    check_batches(pipeline, PRODUCTS)


def test_one_product_is_too_few_to_check_with(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the checks need at least two products"):
        check_tagger(Saying, PRODUCTS[:1], tmp_path)


MUG, RED = Suggestion("mug", 0.9), Suggestion("red", 0.4)


@dataclass
class Saying:
    """Returns the same ranking for every product, ignoring the limit."""

    ranking: Sequence[Suggestion] = ()

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        return [list(self.ranking) for _ in products]


@pytest.mark.parametrize(
    ("ranking", "message"),
    [
        ([MUG, RED], "1: 2 tags although at most 1 were requested"),
        ([Suggestion(" ", 1.0)], "1: an empty tag in "),
        ([Suggestion("mug", float("nan"))], "1: the score of 'mug' is nan"),
        ([Suggestion("mug", float("inf"))], "1: the score of 'mug' is inf"),
    ],
)
def test_what_no_ranking_may_hold_is_named(ranking: Ranking, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_rankings(Saying(ranking), PRODUCTS)


@dataclass
class Cutting(Saying):
    """Respects the limit."""

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        return [list(self.ranking[:limit]) for _ in products]


@pytest.mark.parametrize(
    ("ranking", "message"),
    [
        ([RED, MUG], "1: not best first, ties by name: "),
        ([Suggestion("red", 0.5), Suggestion("mug", 0.5)], "1: not best first, ties by name: "),
        ([MUG, Suggestion("mug", 0.1)], r"1: a duplicate tag in \['mug', 'mug'\]"),
    ],
)
def test_an_order_that_is_none_is_named(ranking: Ranking, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_rankings(Cutting(ranking), PRODUCTS)
    check_rankings(Cutting([MUG, RED]), PRODUCTS)


class Silent:
    """Returns rankings only for products whose text has "mug", or `of_nothing` if there are none."""

    def __init__(self, *, of_nothing: Sequence[Ranking] = ()) -> None:
        self._of_nothing = list(of_nothing)

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        return [[MUG] for product in products if "mug" in product.text] or self._of_nothing


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("none", "suggest returned None, not a list of rankings"),
        ("tuples", r"suggest returned tuple .* in a ranking, not a Suggestion\(tag, score\)"),
        ("a word as score", "suggest returned str '0.9' as a score, not a number"),
    ],
)
def test_what_is_no_ranking_is_named(resources: Resources, how: str, message: str) -> None:
    tagger = create_tagger(PluginSettings("acme-broken", options={"how": how}), resources).plugin
    with pytest.raises(AssertionError, match=message):
        check_batches(tagger, PRODUCTS[:1])


def test_a_tagger_that_cannot_keep_what_it_learns_is_named(tmp_path: Path) -> None:
    class Forgetful(Cutting):
        def fit(self, products: Sequence[Product]) -> None: ...

    with pytest.raises(AssertionError, match="the tagger has fit but does not have save, load, so what it"):
        check_tagger(Forgetful, PRODUCTS, tmp_path)


def test_missing_rankings_are_counted() -> None:
    with pytest.raises(AssertionError, match="1 rankings for 5 products"):
        check_rankings(Silent(), PRODUCTS)
    with pytest.raises(AssertionError, match="no product must give no ranking"):
        check_rankings(Silent(of_nothing=[[]]), PRODUCTS)


def test_a_tagger_that_fails_at_odd_texts_does_not_pass() -> None:
    check_odd_texts(Cutting([MUG]))
    with pytest.raises(AssertionError, match="1 rankings for 7 products"):
        check_odd_texts(Silent())


@dataclass
class Relative:
    """Scores a product by its position in the batch, or by the size of the batch."""

    by_place: float = 0.0
    by_size: float = 0.0
    also: int = 0

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        return [
            [Suggestion("mug", 0.5 + self.by_place * place + self.by_size * len(products)), *[RED] * self.also * place]
            for place in range(len(products))
        ]


@pytest.mark.parametrize(
    ("tagger", "message"),
    [
        (Relative(by_place=0.01), r"1: in a reversed batch the scores differ by 0\.04 from those in a batch"),
        (Relative(by_size=0.01), r"1: alone the scores differ by 0\.04 from those in a batch, more than 0\.001"),
        (Relative(also=1), "1: in a reversed batch the scores differ by inf"),
    ],
)
def test_a_score_that_hangs_on_the_batch_is_named(tagger: Relative, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_batches(tagger, PRODUCTS)


def test_differences_in_the_last_digits_pass() -> None:
    check_batches(Relative(by_place=0.0001, by_size=0.0001), PRODUCTS)


class NearTies:
    """Suggests one of two equally good tags, depending on the size of the batch."""

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        second = "red" if len(products) > 1 else "blue"
        return [[MUG, Suggestion(second, 0.4 + len(products) / 10_000)] for _ in products]


def test_near_ties_may_change_places_at_the_cut() -> None:
    check_batches(NearTies(), PRODUCTS)


class Forgetting(Cutting):
    """Suggests nothing after loading."""

    def fit(self, products: Sequence[Product]) -> None:
        self.ranking = [MUG]

    def save(self, folder: Path) -> None:
        (folder / "text.json").write_text("{}")

    def load(self, folder: Path) -> None:
        self.ranking = []


class Pickling(Forgetting):
    """Saves its state as a pickle."""

    def save(self, folder: Path) -> None:
        (folder / "model.bin").write_bytes(pickle.dumps(self.ranking))

    def load(self, folder: Path) -> None:
        self.ranking = pickle.loads((folder / "model.bin").read_bytes())


def test_a_tagger_that_loads_something_else_than_it_saved_does_not_pass(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"1: \[Suggestion\(.*mug.*\] before saving, \[\] after loading"):
        check_tagger(Forgetting, PRODUCTS, tmp_path)


def test_a_pickle_does_not_pass(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"model\.bin is a pickle: loading one runs whatever it holds"):
        check_tagger(Pickling, PRODUCTS, tmp_path)


def test_what_is_made_must_be_of_one_kind(tmp_path: Path) -> None:
    tagger = Forgetting()
    with pytest.raises(AssertionError, match="make must return the same kind of tagger each time"):
        check_saving(tagger, Cutting, PRODUCTS, tmp_path)


class Unsure(Cutting):
    """Returns None instead of saying whether a product is unseen."""

    def unseen(self, product: Product) -> bool:
        return None  # type: ignore[return-value]


def test_unseen_must_say_yes_or_no(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="1: unseen must return True or False, not None"):
        check_unseen(Unsure(), PRODUCTS)
    with pytest.raises(AssertionError, match="1: unseen must return True or False, not None"):
        check_tagger(lambda: Unsure([MUG]), PRODUCTS, tmp_path)


@dataclass
class Claiming(Cutting):
    """Returns the same evidence whatever was asked."""

    shown: tuple[tuple[str, Evidence], ...] = ()
    of_nothing: tuple[dict[str, Evidence], ...] = ()
    always: bool = False

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        each = [dict(self.shown) if wanted or self.always else {} for wanted in tags]
        return each if products else list(self.of_nothing)


@pytest.mark.parametrize(
    ("tag", "evidence", "message"),
    [
        ("red", Evidence(), "1: evidence for 'red', which was not requested"),
        ("mug", Evidence(spans=(Span(0, 3, "mug"),)), r"1, 'mug': Span\(start=0, .* is not in the text"),
        ("mug", Evidence(spans=(Span(6, 6, ""),)), "is not in the text"),
        ("mug", Evidence(spans=(Span(-9, 2, ""),)), "is not in the text"),
        ("mug", Evidence(neighbours=(Neighbour("n", "t", 1.5, 0.5),)), "has an impossible cosine similarity"),
        ("mug", Evidence(neighbours=(Neighbour("n", "t", 0.5, 1.5),)), "has an impossible share of the votes"),
        ("mug", Evidence(neighbours=(Neighbour("n", "t", 0.5, -0.5),)), "has an impossible share of the votes"),
    ],
)
def test_evidence_that_cannot_be_true_is_named(tag: str, evidence: Evidence, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_evidence(Claiming([MUG, RED], shown=((tag, evidence),)), PRODUCTS)


def test_evidence_that_nobody_asked_for_is_named() -> None:
    shown = (("mug", Evidence()),)
    check_evidence(Claiming([MUG, RED], shown=shown), PRODUCTS)
    with pytest.raises(AssertionError, match="evidence although no tag was requested"):
        check_evidence(Claiming([MUG, RED], shown=shown, always=True), PRODUCTS)
    with pytest.raises(AssertionError, match="no product must give no evidence"):
        check_evidence(Claiming([MUG, RED], of_nothing=({},)), PRODUCTS)


class Skipping(Claiming):
    """Leaves out products without evidence."""

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        return []


def test_missing_explanations_are_counted() -> None:
    with pytest.raises(AssertionError, match="0 explanations for 5 products"):
        check_evidence(Skipping([MUG]), PRODUCTS)
