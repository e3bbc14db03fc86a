"""The classic taggers learn a separable problem, conform, and agree with scikit-learn."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.encoders.weights import WeightsSettings
from index.errors import BadSetting
from index.product import Product
from index.vectors.flat_index import FlatIndex
from tagger.plugins import TAGGERS, Resources
from tagger.taggers.classic.text_rows import TextRows
from tagger.taggers.classic.trees import most_telling
from tagger.testing import check_tagger
from tagger.vocabulary import Vocabulary

# Each tag has its own words in one of the languages, and every product has two tags.
WORDS = {"mug": "ceramic", "lamp": "bright", "fridge": "制冷", "red": "scarlet", "blue": "蔚蓝"}
KINDS, COLOURS = ("mug", "lamp", "fridge"), ("red", "blue")
TOY = [
    Product(f"{kind}/{colour}/{n}", f"{WORDS[kind]} no{n}", f"{WORDS[colour]} {kind}", tags=(kind, colour))
    for kind in KINDS
    for colour in COLOURS
    for n in range(5)
]
LEARNING = ("naive_bayes", "svm", "decision_tree", "random_forest")
Make = Callable[..., Any]


class NoEncoder:
    name, dim = "none", 2

    def encode(self, texts: Any) -> Any:
        raise AssertionError("these taggers use no vectors")


@pytest.fixture(scope="module")
def make() -> Make:
    resources = Resources(NoEncoder(), FlatIndex, Vocabulary(), WeightsSettings())

    def made(name: str, **options: Any) -> Any:
        return TAGGERS.create(name, [resources], options)

    return made


@pytest.mark.parametrize("name", [*LEARNING, "keywords"])
def test_it_conforms(name: str, make: Make, tmp_path: Path) -> None:
    check_tagger(lambda: make(name), TOY, tmp_path)


@pytest.mark.parametrize("name", LEARNING)
def test_a_separable_problem_is_learnt(name: str, make: Make) -> None:
    tagger = make(name)
    tagger.fit(TOY)
    asked = [
        Product(f"{kind} {colour}", f"{WORDS[kind]} {kind} {WORDS[colour]}") for kind in KINDS for colour in COLOURS
    ]
    for product, ranking in zip(asked, tagger.suggest(asked, 5), strict=True):
        assert {each.tag for each in ranking[:2]} == set(product.id.split())
        assert ranking[1].score > ranking[2].score + 0.2


@pytest.mark.parametrize("name", LEARNING)
def test_a_tag_of_every_product_is_certain(name: str, make: Make) -> None:
    tagger = make(name)
    tagger.fit([Product(each.id, each.title, tags=(*each.tags, "shop")) for each in TOY])
    [ranking] = tagger.suggest([Product("p", "ceramic")], 6)
    assert dict(ranking)["shop"] == pytest.approx(1, abs=1e-4)


def test_keywords_need_all_words_of_a_tag_and_put_the_rarest_first(make: Make) -> None:
    tagger = make("keywords")
    tagger.fit(
        [
            Product("1", "steel kettle", tags=("steel kettle", "steel")),
            Product("2", "steel pan", tags=("steel", "pan")),
            Product("3", "steel lamp", tags=("steel",)),
        ]
    )
    [ranking] = tagger.suggest([Product("p", "a steel pan")], 5)
    assert [each.tag for each in ranking] == ["pan", "steel"]
    # "pan" is in one of three texts, "steel" in all: ln(4 / 2) + 1 and 1, of a row of unit length.
    assert ranking[0].score / ranking[1].score == pytest.approx(np.log(2) + 1)


def test_a_forest_gives_the_probabilities_of_scikit_learn(make: Make) -> None:
    from sklearn.ensemble import RandomForestClassifier

    tagger = make("random_forest", trees=7, least_products=1)
    tagger.fit(TOY)
    rows = TextRows("words", 1)
    table = rows.fit(TOY).toarray()
    red = np.array(["red" in each.tags for each in TOY])
    expected = RandomForestClassifier(7, random_state=0).fit(table, red).predict_proba(table)[:, 1]
    found = [dict(ranking)["red"] for ranking in tagger.suggest(TOY, 5)]
    assert found == pytest.approx(expected.tolist(), abs=1e-6)


def test_the_most_telling_features_are_those_of_scikit_learn() -> None:
    from sklearn.feature_selection import chi2

    rows = TextRows("words", 1)
    table = rows.fit(TOY)
    labels = np.array([[tag in each.tags for tag in rows.tags] for each in TOY])
    for place, found in enumerate(most_telling(table, labels, 2)):
        values = chi2(table, labels[:, place])[0]
        assert sorted(values[found]) == pytest.approx(sorted(values)[-2:], rel=1e-4)


@pytest.mark.parametrize(
    ("name", "options", "line"),
    [
        ("svm", {"cost": 0.0}, "cost must be greater than 0"),
        ("naive_bayes", {"smoothing": -1.0}, "smoothing must be greater than 0"),
        ("random_forest", {"trees": 0}, "trees must be at least 1"),
        ("decision_tree", {"features": 0}, "features must be at least 1"),
        ("keywords", {"least_products": 0}, "least_products must be at least 1"),
        ("svm", {"analyzer": "letters"}, "words, pairs, characters"),
    ],
)
def test_a_setting_out_of_range_is_refused(name: str, options: dict[str, Any], line: str, make: Make) -> None:
    with pytest.raises(BadSetting, match=line):
        make(name, **options)
