import pytest

from index.catalogue.query import Query
from index.errors import BadInput
from tagger.search.filters import Choice, clear, toggle, turn_page


@pytest.mark.parametrize(
    ("facet", "value", "expected"),
    [
        ("tag", "mug", Choice(tags=("mug",))),
        ("lang", "zh", Choice(lang="zh")),
        ("described", "no", Choice(described="no")),
        ("tagged", "yes", Choice(tagged="yes")),
    ],
)
def test_a_value_is_chosen_and_taken_back_and_the_list_begins_anew(facet, value, expected):
    chosen = toggle(Choice(offset=48), facet, value)
    assert chosen == expected
    assert toggle(turn_page(chosen, 1), facet, value) == Choice()


def test_of_a_property_one_value_is_chosen_and_of_tags_several():
    assert toggle(Choice(lang="zh"), "lang", "en") == Choice(lang="en")
    assert toggle(Choice(tags=("a", "b", "c")), "tag", "b") == Choice(tags=("a", "c"))


def test_of_as_many_tags_as_can_be_asked_for_one_is_taken_back_and_none_added():
    many = Choice(tags=tuple("abcdefghij"))
    assert toggle(many, "tag", "a") == Choice(tags=tuple("bcdefghij"))
    with pytest.raises(BadInput, match="at most 10 tags can be chosen at once"):
        toggle(many, "tag", "k")


@pytest.mark.parametrize(("facet", "value"), [("colour", "yes"), ("tagged", "maybe"), ("described", "True")])
def test_what_is_no_facet_is_refused(facet, value):
    with pytest.raises(BadInput, match="filter"):
        toggle(Choice(), facet, value)


def test_clearing_keeps_the_words_and_the_order():
    full = Choice("mug", True, ("a",), "zh", "yes", "no", "title", 48, 96)
    assert clear(full) == Choice("mug", True, order="title", size=48)


def test_pages_are_turned_and_never_before_the_first():
    assert turn_page(Choice(size=12, offset=24), 1).offset == 36
    assert turn_page(Choice(size=12, offset=6), -1).offset == 0


def test_the_newest_come_first_where_nothing_is_sought():
    assert Choice(" ").query() == Query(" ", (), "", "newest", 24, 0)
    assert Choice("mug").query().order == "relevance"
    assert Choice("", order="title", described="no", tagged="yes").query() == Query(
        "", (), "", "title", 24, 0, described=False, tagged=True
    )
