import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.product import Product
from tagger.generation.prompt import Near, Vote, join_tags, parse, prompts, target, votes, width, windows

MUG = Product("1", "Blue mug", "Holds 300 ml.", "en", ("mug", "blue"))
VOTES = [Vote("cup", 9), Vote("ceramic", 2)]

words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
tags = st.lists(words, min_size=1, max_size=3).map(" ".join)


def test_a_prompt_has_the_title_and_the_description() -> None:
    assert prompts(MUG) == ["title: Blue mug text: Holds 300 ml."]


def test_a_prompt_names_no_part_that_is_empty() -> None:
    assert prompts(Product("1", "马克杯")) == ["title:马克杯"]
    assert prompts(Product("1", "", "好看")) == ["text:好看"]
    assert prompts(Product("1", "")) == [""]


def test_the_neighbours_tags_stand_first_where_a_long_text_cannot_push_them_out() -> None:
    assert prompts(MUG, VOTES) == ["similar: A9 cup| B2 ceramic title: Blue mug text: Holds 300 ml."]


def test_a_prompt_does_not_tell_the_products_own_tags() -> None:
    assert prompts(MUG) == prompts(Product("1", "Blue mug", "Holds 300 ml.", "en"))


def test_a_long_description_is_read_in_windows_each_with_title_and_neighbours() -> None:
    sentences = [f"这是第{number}句话,说的是杯子的好处。" for number in range(60)]
    found = prompts(Product("1", "马克杯", "".join(sentences)), VOTES)
    assert len(found) == 5
    assert all(each.startswith("similar: A9 cup| B2 ceramic title:马克杯 text:") for each in found)
    assert all(any(sentence in each for each in found) for sentence in sentences[1:-1:10])


def test_what_is_too_long_for_a_title_is_read_with_the_description() -> None:
    [first, *_] = prompts(Product("1", "长" * 100, "好看"))
    assert first == "title:" + "长" * 80 + " text:" + "长" * 20 + " 好看"


def test_a_chinese_character_is_as_wide_as_three_others() -> None:
    assert width("mug 杯子!") == 4 + 6 + 1


@given(st.text(max_size=400), st.integers(40, 120))
def test_no_window_is_too_wide_and_nothing_is_lost(text: str, widest: int) -> None:
    found = windows(text, widest)
    assert all(width(window) <= widest for window in found)
    assert "".join("".join(found).split()) == "".join(text.split())


@given(st.text("ab 。", min_size=300, max_size=900))
def test_windows_are_about_as_wide_as_one_another(text: str) -> None:
    wide = [width(window) for window in windows(text, 100)]
    assert max(wide) <= 100
    assert len(wide) <= math.ceil(width(text) / 70) + 1


def test_nearer_neighbours_have_more_votes() -> None:
    # exp(-0.03 / 0.03) is 1/e: the nearer one has 1 / (1 + 1/e) = .731 of the votes, 6.6 ninths.
    found = votes([Near(0.87, ("mug", "red")), Near(0.9, ("mug", "blue"))])
    assert found == [Vote("mug", 9), Vote("blue", 7), Vote("red", 2)]


def test_only_the_ten_nearest_vote_and_twelve_tags_are_shown() -> None:
    many = [Near(0.9 - 0.0001 * place, (f"tag {place:02}", f"more {place:02}")) for place in range(20)]
    found = votes(many)
    assert len(found) == 12
    assert {vote.tag[-2:] for vote in found} <= {f"{place:02}" for place in range(10)}


def test_a_neighbour_votes_once_for_a_tag_and_none_votes_for_nothing() -> None:
    assert votes([Near(0.9, ("mug", "mug")), Near(0.9, ("cup",))]) == [Vote("cup", 4), Vote("mug", 4)]
    assert votes([]) == []


def test_each_neighbours_tag_is_decided_on_then_others_are_written_in_the_order_of_the_text_then_by_name() -> None:
    text = "Red mug of stoneware, 好看"
    voted = [Vote("cup", 9), Vote("blue", 5), Vote("mug", 1)]
    tags = ["zinc", "stoneware", "mug", "red", "cup", "好看"]
    assert target(tags, voted, text) == " A b C| red| stoneware|好看| zinc"
    assert target(["cup"], [], "") == "| cup"


def test_a_letter_means_the_neighbours_tag_that_stands_under_it() -> None:
    assert parse(" A b", VOTES) == ["cup"]
    assert parse(" a B C| A|b", VOTES) == ["ceramic", "A", "b"]


@given(st.lists(tags, unique=True, max_size=15), st.integers(0, 12))
def test_what_is_written_means_the_tags_again(listed: list[str], known: int) -> None:
    voted = [Vote(tag, 5) for tag in listed[:known]]
    assert set(parse(target(listed, voted, ""), voted)) == set(listed)


@given(st.lists(tags, unique=True, max_size=12))
def test_parsing_gives_the_tags_back(listed: list[str]) -> None:
    assert parse(join_tags(listed)) == listed


def test_a_tag_said_twice_is_read_once() -> None:
    assert parse("| mug| blue|mug") == ["mug", "blue"]


def test_what_a_model_writes_badly_is_read_as_well_as_it_can_be() -> None:
    assert parse(" cup |mug|| blue  cup |") == ["mug", "blue cup"]
    assert parse("") == []


@pytest.mark.parametrize("tag", ["black|white", "|"])
def test_a_separator_within_a_tag_makes_no_second_tag(tag: str) -> None:
    assert parse(join_tags([tag])) == [tag.replace("|", "/")]
    assert "|" not in prompts(MUG, [Vote(tag, 3)])[0]
