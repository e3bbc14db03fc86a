from hypothesis import given
from hypothesis import strategies as st

from index.product import Product
from tagger.prompt import DESCRIPTION_CHARS, parse, prompt, target

MUG = Product("1", "Blue mug", "Holds 300 ml.", "en", ("mug", "blue"))

words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
tags = st.lists(words, min_size=1, max_size=3).map(" ".join)


def test_a_prompt_has_the_title_and_the_description() -> None:
    assert prompt(MUG) == "title: Blue mug description: Holds 300 ml."


def test_a_prompt_names_no_part_that_is_empty() -> None:
    assert prompt(Product("1", "马克杯")) == "title: 马克杯"
    assert prompt(Product("1", "", "好看")) == "description: 好看"
    assert prompt(Product("1", "")) == ""


def test_neighbours_tags_stand_where_a_long_description_cannot_push_them_out() -> None:
    assert prompt(MUG, ["cup", "ceramic"]) == "title: Blue mug similar: cup | ceramic description: Holds 300 ml."


def test_a_description_is_cut_at_the_budget() -> None:
    assert prompt(Product("1", "", "长" * 5000)) == "description: " + "长" * DESCRIPTION_CHARS


def test_a_prompt_does_not_tell_the_products_own_tags() -> None:
    assert prompt(MUG) == prompt(Product("1", "Blue mug", "Holds 300 ml.", "en"))


@given(st.lists(tags, unique=True, max_size=12))
def test_parsing_gives_the_tags_back(listed: list[str]) -> None:
    assert parse(target(listed)) == listed


def test_a_tag_said_twice_is_read_once() -> None:
    assert parse("mug | blue | mug") == ["mug", "blue"]


def test_what_a_model_writes_badly_is_read_as_well_as_it_can_be() -> None:
    assert parse(" |mug|| blue  cup |") == ["mug", "blue cup"]
    assert parse("") == []


def test_a_separator_within_a_tag_makes_no_second_tag() -> None:
    assert parse(target(["black|white"])) == ["black/white"]
