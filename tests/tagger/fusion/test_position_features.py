import numpy as np
import pytest

from index.product import Product
from index.text.normal_form import FOLDED, VERSION
from tagger.fusion.position_features import STANDING, position_features


def _of(product: Product, *tags: str, version: int = VERSION) -> list[dict[str, float]]:
    rows = position_features([product], np.zeros(len(tags), int), tags, np.arange(len(tags)), version)
    return [dict(zip(STANDING, row, strict=True)) for row in rows.tolist()]


def test_a_tag_is_described_by_where_it_stands() -> None:
    product = Product("p", "Big RED mug", "This mug is red; a red one.")
    [mug] = _of(product, "mug")
    # The text is read as "bigredmugthismugisredaredone"; the first 9 characters are the title.
    assert mug == {
        "stands": 1,
        "times": 2,
        "place": 6,
        "left of the title": 9 - (6 + 3),
        "in the title": 1,
        "within another": 0,
        "words": 1,
        "words that stand": 1,
        "title length": 9,
    }
    [red] = _of(product, "Red")
    assert (red["times"], red["place"], red["left of the title"]) == (3, 3, 9 - (3 + 3))


def test_a_tag_that_stands_only_in_the_description_is_beyond_the_title() -> None:
    [steel] = _of(Product("p", "Big mug", "of steel"), "steel")
    # "bigmugofsteel": "steel" begins at 8, the title ends at 6.
    assert (steel["place"], steel["left of the title"], steel["in the title"]) == (8, 6 - (8 + 5), 0)


def test_a_tag_over_the_titles_end_is_not_in_the_title() -> None:
    product = Product("p", "Big red", "mug")
    [tag] = _of(product, "red mug", version=FOLDED)
    assert (tag["stands"], tag["left of the title"], tag["in the title"]) == (1, 7 - (4 + 7), 0)
    # In the normal form, the end of a line ends a name.
    assert _of(product, "red mug")[0]["stands"] == 0


def test_a_product_without_a_title_has_nothing_in_it() -> None:
    [mug] = _of(Product("p", "", "mug"), "mug")
    assert (mug["stands"], mug["place"], mug["in the title"], mug["title length"]) == (1, 0, 0, 0)


def test_a_tag_that_does_not_stand_there_has_no_place() -> None:
    [tag] = _of(Product("p", "Big red mug"), "green steel mug, big")
    assert (tag["stands"], tag["times"], tag["in the title"], tag["within another"]) == (0, 0, 0, 0)
    assert np.isnan([tag["place"], tag["left of the title"]]).all()
    # Of the four words, "mug" and "big" occur in the text.
    assert (tag["words"], tag["words that stand"]) == (4, 2 / 4)


def test_chinese_words_are_counted_by_their_characters() -> None:
    [fridge, shelf] = _of(Product("p", "双门电冰箱"), "冰箱", "门架")
    assert (fridge["stands"], fridge["place"], fridge["words"], fridge["words that stand"]) == (1, 3, 2, 1)
    assert (shelf["stands"], shelf["words"], shelf["words that stand"]) == (0, 2, 1 / 2)


@pytest.mark.parametrize(
    ("tags", "within"),
    [
        (["red", "wine red"], [1, 0]),
        # The longer name must occur too.
        (["red", "dark red"], [0, 0]),
        # The shorter name must occur as a whole word.
        (["ed", "wine red"], [0, 0]),
        # The same name in another case does not count as longer.
        (["red", "Red"], [0, 0]),
    ],
)
def test_it_is_told_whether_a_longer_name_has_a_tag_within(tags: list[str], within: list[int]) -> None:
    found = _of(Product("p", "A wine red mug"), *tags)
    assert [each["within another"] for each in found] == within


def test_a_tag_of_signs_has_no_words() -> None:
    [star] = _of(Product("p", "Mug ★"), "★")
    # Nothing is left of it in the normal form.
    assert (star["stands"], star["words"]) == (0, 0)
    assert np.isnan(star["words that stand"])
    [folded] = _of(Product("p", "Mug ★"), "★", version=FOLDED)
    assert (folded["stands"], folded["words"]) == (1, 0)


def test_case_and_width_do_not_count() -> None:
    [tag] = _of(Product("p", "Ｔ恤 Ｃｏｏｌ"), "COOL")
    assert (tag["place"], tag["title length"]) == (2, len("t恤cool"))


@pytest.mark.parametrize("text", ["Steel water bottle", "STEEL WATER-BOTTLES™", "Steel waterbottle"])
def test_no_spelling_makes_a_difference(text: str) -> None:
    plain, other = (_of(Product("p", each), "water bottle") for each in ("steel water bottle", text))
    assert plain == other


def test_no_tag_has_no_numbers_and_an_empty_text_has_no_place() -> None:
    assert _of(Product("p", "mug")) == []
    [mug] = _of(Product("p", ""), "mug")
    assert (mug["stands"], mug["words that stand"], mug["title length"]) == (0, 0, 0)
