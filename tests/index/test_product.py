import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.product import Product, content_id, make_product


def test_texts_are_cleaned_and_what_is_missing_is_filled_in() -> None:
    product = make_product("<b>Steel</b> mug", "350&nbsp;ml", tags=["mug", " mug ", "", "<i>steel</i>"])
    assert product == Product(content_id("Steel mug", "350 ml"), "Steel mug", "350 ml", "en", ("mug", "steel"))


def test_what_is_given_is_kept() -> None:
    product = make_product("冰箱", id="A 1", lang="other", tags=["b", "a"])
    assert product == Product("A 1", "冰箱", "", "other", ("b", "a"))


def test_the_language_is_taken_from_title_and_description_together() -> None:
    assert make_product("KX-200", "双门冰箱，节能静音").lang == "zh"


def test_a_content_id_is_sixteen_hexadecimal_digits_of_blake2b() -> None:
    # b2sum --length=64 of "Steel mug", a zero byte and "350 ml".
    assert content_id("Steel mug", "350 ml") == "7bd8e4d784822b25"


def test_content_ids_tell_title_and_description_apart() -> None:
    assert content_id("ab", "c") != content_id("a", "bc")
    assert make_product("a", "b").id == make_product(" a ", "<p>b</p>").id


@pytest.mark.parametrize(
    ("title", "description", "text"), [("a", "b", "a\nb"), ("a", "", "a"), ("", "b", "b"), ("", "", "")]
)
def test_the_text_is_title_and_description_on_a_line_each(title: str, description: str, text: str) -> None:
    assert Product("1", title, description).text == text


def test_a_product_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="title"):
        Product("1", "mug").title = "cup"  # type: ignore[misc]


@given(st.text(), st.text(), st.lists(st.text()))
def test_a_product_made_of_a_product_is_the_same(title: str, description: str, tags: list[str]) -> None:
    product = make_product(title, description, tags=tags)
    assert make_product(product.title, product.description, tags=product.tags) == product
