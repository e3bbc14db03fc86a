import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagger.vocabulary import Clash, Entry, Vocabulary, collapse, fold, from_rows

FRIDGE = Entry("refrigerator", "kind", {"zh": ("冰箱", "电冰箱"), "en": ("refrigerator", "fridge")})
RED = Entry("red", "colour", {"zh": ("红色",), "en": ("red",)})
PLAIN = Entry("gift")
SHOP = Vocabulary([FRIDGE, RED, PLAIN])


def test_a_vocabulary_keeps_its_tags_in_order() -> None:
    assert SHOP.tags == ["refrigerator", "red", "gift"]
    assert len(SHOP) == 3
    assert "red" in SHOP
    assert "红色" not in SHOP
    assert 5 not in SHOP


def test_a_tag_has_a_facet_labels_and_forms() -> None:
    assert SHOP.facet("red") == "colour"
    assert SHOP.labels("refrigerator") == {"zh": "冰箱", "en": "refrigerator"}
    assert SHOP.forms("refrigerator") == ["refrigerator", "冰箱", "电冰箱", "fridge"]


def test_a_tag_without_labels_is_called_by_its_name() -> None:
    assert SHOP.labels("gift") == {}
    assert SHOP.facet("gift") == ""
    assert SHOP.forms("gift") == ["gift"]


def test_an_unknown_tag_has_its_name_only() -> None:
    assert SHOP.labels("new") == {}
    assert SHOP.facet("new") == ""
    assert SHOP.forms("new") == ["new"]


@pytest.mark.parametrize("text", ["refrigerator", "Fridge", "ＦＲＩＤＧＥ", " fridge\t", "冰箱", "电冰箱"])
def test_any_form_names_the_tag_whatever_its_case_width_or_space(text: str) -> None:
    assert SHOP.canonical(text) == "refrigerator"


def test_a_text_that_names_no_tag_stays_as_it_is() -> None:
    assert SHOP.canonical(" Toaster ") == " Toaster "


def test_a_name_wins_over_an_alias_and_a_first_label_over_a_later_one() -> None:
    pot = Entry("pot", "", {"en": ("pot", "kettle", "jug")})
    kettle = Entry("kettle", "", {"en": ("kettle", "pot")})
    carafe = Entry("carafe", "", {"en": ("jug",)})
    vocabulary = Vocabulary([pot, kettle, carafe])
    assert vocabulary.canonical("kettle") == "kettle"
    assert vocabulary.canonical("pot") == "pot"
    assert vocabulary.canonical("jug") == "carafe"


def test_of_two_tags_with_one_alias_the_first_is_meant() -> None:
    vocabulary = Vocabulary([Entry("a", "", {"en": ("a", "same")}), Entry("b", "", {"en": ("b", "same")})])
    assert vocabulary.canonical("SAME") == "a"


def test_more_tags_leave_those_that_are_there_alone() -> None:
    more = SHOP.with_tags(["red", "mug", "mug"])
    assert more.tags == ["refrigerator", "red", "gift", "mug"]
    assert more.labels("red") == {"zh": "红色", "en": "red"}
    assert SHOP.tags == ["refrigerator", "red", "gift"]


def test_a_vocabulary_without_some_tags_has_none_of_their_names() -> None:
    less = SHOP.without({"red"})
    assert less.tags == ["refrigerator", "gift"]
    assert less.canonical("红色") == "红色"
    assert SHOP.canonical("红色") == "red"


def test_rows_for_the_catalogue_come_back_as_the_same_vocabulary() -> None:
    back = from_rows(reversed(SHOP.rows()), SHOP.parent_rows())
    assert sorted(back.tags) == ["gift", "red", "refrigerator"]
    assert back.forms("refrigerator") == ["refrigerator", "fridge", "冰箱", "电冰箱"]
    assert back.facet("red") == "colour"
    assert back.labels("red") == {"en": "red", "zh": "红色"}
    assert back.labels("gift") == {}


def test_a_tag_is_shown_in_the_users_language_where_it_has_a_label_there() -> None:
    assert [SHOP.label("refrigerator", lang) for lang in ("zh", "en", "de")] == ["冰箱", "refrigerator", "refrigerator"]


@pytest.mark.parametrize("text", ["FRIDGES", "refrigerators", "電冰箱", "冰 箱", "Re-frigerator"])
def test_another_spelling_names_the_tag(text: str) -> None:
    assert SHOP.canonical(text) == "refrigerator"


def test_a_name_as_it_is_goes_before_another_spelling_of_an_earlier_one() -> None:
    vocabulary = Vocabulary([Entry("T-shirt"), Entry("tshirts"), Entry("shirts", "", {"en": ("t shirts",)})])
    assert [vocabulary.canonical(text) for text in ("TSHIRTS", "T shirts", "t_shirt")] == [
        "tshirts",
        "shirts",
        "T-shirt",
    ]


def test_a_tag_is_its_own_name_though_another_differs_in_case_only() -> None:
    vocabulary = Vocabulary([Entry("Polish"), Entry("polish")])
    assert [vocabulary.canonical(text) for text in ("Polish", "polish", "POLISH")] == ["Polish", "polish", "Polish"]


def test_clashes_tell_which_names_several_tags_share() -> None:
    toys = Entry("toys", "", {"zh": ("玩具",)})
    toy = Entry("toy", "", {"zh": ("玩具",), "en": ("plaything",)})
    game = Entry("game", "", {"en": ("playthings",)})
    assert Vocabulary([toys, toy, game]).clashes() == [Clash("toy", "toys", "toy"), Clash("playthings", "toy", "game")]
    assert SHOP.clashes() == []


TREE = Vocabulary(
    [
        Entry("home"),
        Entry("kitchen", parents=("home",)),
        Entry("gift"),
        Entry("mug", parents=("kitchen", "gift")),
    ]
)


def test_what_is_above_a_tag_is_listed_from_near_to_far() -> None:
    assert TREE.ancestors("mug") == ["kitchen", "gift", "home"]
    assert TREE.ancestors("home") == []
    assert TREE.ancestors("new") == []


def test_parents_go_through_the_catalogues_rows() -> None:
    assert from_rows(TREE.rows(), TREE.parent_rows()).ancestors("mug") == ["kitchen", "gift", "home"]


def test_a_circle_ends_where_it_began() -> None:
    assert Vocabulary([Entry("a", parents=("b",)), Entry("b", parents=("a",))]).ancestors("a") == ["b"]


NAMES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="|"), min_size=1, max_size=6)
ENTRIES = st.lists(
    st.builds(
        Entry,
        NAMES,
        NAMES,
        st.dictionaries(st.sampled_from(["zh", "en"]), st.lists(NAMES, min_size=1, max_size=3).map(tuple)),
    ),
    max_size=5,
    unique_by=lambda entry: entry.tag,
)


@example([Entry("0", "", {"zh": ("E",)}), Entry("@", "", {"zh": ("E",)}), Entry("È")])
@given(ENTRIES)
def test_every_form_names_its_tag_unless_a_clash_says_otherwise(entries: list[Entry]) -> None:
    vocabulary = Vocabulary(entries)
    meant = {clash.other: set[str]() for clash in vocabulary.clashes()}
    for clash in vocabulary.clashes():
        meant[clash.other].add(clash.tag)
    for entry in entries:
        assert vocabulary.canonical(entry.tag) == entry.tag
        for form in entry.forms:
            assert vocabulary.canonical(form) in {entry.tag, *meant.get(entry.tag, ())}


@given(ENTRIES, NAMES)
def test_what_a_text_names_is_spelled_alike(entries: list[Entry], text: str) -> None:
    vocabulary = Vocabulary(entries)
    tag = vocabulary.canonical(text)
    assert collapse(text) in map(collapse, vocabulary.forms(tag))
    assert vocabulary.canonical(fold(text)) in (tag, fold(text)) or fold(text) in vocabulary
