from pathlib import Path
from typing import Any

import pytest

from index.errors import BadSetting
from index.product import Product
from tagger.plugins import Resources
from tagger.taggers.linear import LinearTagger, create

# Each tag has its own word in one of the languages, and every product has two tags.
WORDS = {"mug": "ceramic", "lamp": "bright", "fridge": "制冷", "red": "scarlet", "blue": "蔚蓝"}
KINDS, COLOURS = ("mug", "lamp", "fridge"), ("red", "blue")
TOY = [
    Product(f"{kind}/{colour}/{n}", f"{WORDS[kind]} no{n}", WORDS[colour], tags=(kind, colour))
    for kind in KINDS
    for colour in COLOURS
    for n in range(8)
]


def linear(**settings: Any) -> LinearTagger:
    defaults = {"analyzer": "words", "least_products": 1, "cost": 1.0, "flat_tags": 9, "trees": 3, "occlusion": True}
    return LinearTagger(**defaults | settings)


@pytest.fixture(scope="module", params=["words", "pairs", "characters"])
def toy(request: pytest.FixtureRequest) -> LinearTagger:
    """A tagger fitted on the toy products, for each analyzer."""
    tagger = linear(analyzer=request.param)
    tagger.fit(TOY)
    return tagger


def test_a_separable_problem_is_learnt(toy: LinearTagger) -> None:
    asked = [Product(f"{kind} {colour}", f"{WORDS[kind]} {WORDS[colour]}") for kind in KINDS for colour in COLOURS]
    for product, ranking in zip(asked, toy.suggest(asked, 2), strict=True):
        assert {each.tag for each in ranking} == set(product.id.split())
        assert all(0.5 < each.score <= 1 for each in ranking)


def test_a_tag_that_always_goes_with_its_word_scores_higher_than_one_that_never_does(toy: LinearTagger) -> None:
    [ranking] = toy.suggest([Product("p", "ceramic")], 5)
    scores = dict(ranking)
    assert scores["mug"] > 2 * scores["lamp"]


def test_a_text_without_any_known_word_gets_a_ranking_all_the_same(toy: LinearTagger) -> None:
    unknown, empty = toy.suggest([Product("p", "☃"), Product("q", "")], 3)
    assert len(unknown) == 3
    assert unknown == empty


def test_what_is_saved_is_loaded(toy: LinearTagger, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    toy.save(tmp_path)
    loaded = linear(analyzer=request.node.callspec.params["toy"])
    loaded.load(tmp_path)
    for before, after in zip(toy.suggest(TOY, 5), loaded.suggest(TOY, 5), strict=True):
        # Omikuji adds single-precision numbers in a different order.
        assert dict(after) == pytest.approx(dict(before), abs=1e-6)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()}.isdisjoint({".pkl", ".pickle", ".joblib"})


def test_the_words_that_speak_for_a_tag_are_shown() -> None:
    tagger = linear()
    tagger.fit(TOY)
    [shown] = tagger.explain([Product("p", "new Ceramic thing", "蔚蓝 and more")], [["mug", "blue", "lamp"]])
    assert [span.text for span in shown["mug"].spans] == ["Ceramic"]
    assert [span.text for span in shown["blue"].spans] == ["蔚蓝"]
    assert "lamp" not in shown
    quiet = linear(occlusion=False)
    quiet.fit(TOY)
    assert quiet.explain([Product("p", "ceramic")], [["mug"]]) == [{}]


# Enough tags to make Omikuji's trees branch.
MANY = [Product(f"{n}", f"no{n % 150} and {n % 7}", tags=(f"kind {n % 150}", f"colour {n % 7}")) for n in range(600)]


def scores_of_many(flat_tags: int) -> list[float]:
    tagger = linear(flat_tags=flat_tags)
    tagger.fit(MANY)
    found = [dict(ranking) for ranking in tagger.suggest(MANY, 10)]
    return [each[tag] for product, each in zip(MANY, found, strict=True) for tag in product.tags]


def test_without_trees_two_trainings_end_with_nearly_the_same_scores() -> None:
    one, other = scores_of_many(200), scores_of_many(200)
    assert one == pytest.approx(other, abs=0.05)


def test_more_tags_are_put_into_trees_and_found_there() -> None:
    in_trees, flat = scores_of_many(100), scores_of_many(200)
    assert in_trees != pytest.approx(flat, abs=0.001)
    assert min(in_trees) > 0.1


def test_nothing_is_printed_while_learning(capfd: pytest.CaptureFixture[str]) -> None:
    tagger = linear()
    tagger.fit(TOY[::4])
    assert capfd.readouterr() == ("", "")


def test_one_product_is_enough() -> None:
    tagger = linear()
    tagger.fit(TOY[:1])
    [ranking] = tagger.suggest([Product("p", "ceramic scarlet")], 5)
    assert {each.tag for each in ranking} == {"mug", "red"}


def test_a_feature_must_stand_in_as_many_products_as_the_setting_says() -> None:
    tagger = linear(least_products=9)
    # "scarlet" occurs in 12 products, the words of the kinds in 8.
    tagger.fit([each for each in TOY if "red" in each.tags])
    known, same = tagger.suggest([Product("p", "scarlet"), Product("q", "scarlet ceramic")], 4)
    assert [(tag, pytest.approx(score)) for tag, score in known] == same


@pytest.mark.parametrize(
    ("least_products", "products"),
    [
        (1, [Product("1", "☃", tags=("snow",)), Product("2", "★", tags=("star",))]),
        (2, [Product("1", "snow man", tags=("snow",)), Product("2", "star fish", tags=("star",))]),
    ],
)
def test_where_no_feature_is_left_there_is_nothing_to_suggest(
    tmp_path: Path, least_products: int, products: list[Product]
) -> None:
    tagger, loaded = linear(least_products=least_products), linear()
    tagger.fit(products)
    tagger.save(tmp_path)
    loaded.load(tmp_path)
    assert tagger.suggest(products, 5) == loaded.suggest(products, 5) == [[], []]


def test_without_learning_there_is_nothing_to_suggest(resources: Resources) -> None:
    assert create(resources).suggest([Product("p", "ceramic")], 5) == [[]]


def test_an_unknown_analyzer_is_refused(resources: Resources) -> None:
    with pytest.raises(BadSetting, match="no analyzer 'letters'; available: words, pairs, characters"):
        create(resources, analyzer="letters")


@pytest.mark.parametrize("setting", [{"cost": 0.0}, {"trees": 0}, {"least_products": 0}, {"flat_tags": -1}])
def test_settings_out_of_range_are_refused(resources: Resources, setting: dict[str, Any]) -> None:
    with pytest.raises(BadSetting, match="cost must be greater than 0, trees and least_products at least 1"):
        create(resources, **setting)
