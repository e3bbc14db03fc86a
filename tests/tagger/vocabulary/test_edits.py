from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.catalogue.tag_edit import EDIT_KINDS, EditKind, TagEdit
from tagger.vocabulary import Entry, Vocabulary
from tagger.vocabulary.edits import apply_edits

FRIDGE = Entry("refrigerator", "kind", {"zh": ("冰箱",)}, ("appliance",))
ICEBOX = Entry("icebox", "kind", {"zh": ("冰柜", "冰箱"), "de": ("Eisschrank",)})
SHOP = Vocabulary([Entry("appliance"), ICEBOX, FRIDGE, Entry("mini bar", "", {}, ("icebox", "refrigerator"))])


def edit(kind: EditKind, tag: str, value: str = "", lang: str = "") -> TagEdit:
    return TagEdit(1, kind, tag, value, lang, "Ann", datetime.now(UTC))


def after(vocabulary: Vocabulary, *edits: TagEdit) -> Vocabulary:
    return apply_edits(vocabulary, edits)


def merged(vocabulary: Vocabulary, tag: str, into: str) -> Vocabulary:
    return after(vocabulary, edit("merge", tag, into))


def test_without_changes_a_vocabulary_is_what_it_was() -> None:
    assert apply_edits(SHOP, []) is SHOP


def test_a_merged_tag_is_an_alias_and_its_labels_are() -> None:
    found = merged(SHOP, "icebox", "refrigerator")
    assert found.tags == ["appliance", "refrigerator", "mini bar"]
    assert found.entry("refrigerator") == Entry(
        "refrigerator",
        "kind",
        {"zh": ("冰箱", "冰柜"), "en": ("refrigerator", "icebox"), "de": ("Eisschrank",)},
        ("appliance",),
    )
    assert [found.canonical(text) for text in ("Iceboxes", "冰櫃", "icebox")] == ["refrigerator"] * 3
    assert found.entry("mini bar").parents == ("refrigerator",)


def test_a_tag_takes_the_place_of_one_that_stood_above_it() -> None:
    found = merged(SHOP, "appliance", "refrigerator")
    assert found.entry("refrigerator").parents == ()
    assert "appliance" in found.forms("refrigerator")


def test_tags_that_the_vocabulary_lacks_can_be_merged() -> None:
    found = merged(Vocabulary(), "沙发", "couch")
    assert list(found) == [Entry("couch", "", {"en": ("couch",), "zh": ("沙发",)})]


def test_a_label_of_a_third_tag_that_is_the_merged_ones_name_goes_too() -> None:
    bar = Entry("bar", "", {"en": ("bar", "cups"), "zh": ("吧",)})
    found = merged(Vocabulary([bar, Entry("cups"), Entry("mug")]), "cups", "mug")
    assert found.canonical("cups") == "mug"
    assert found.entry("bar").labels == {"en": ("bar",), "zh": ("吧",)}


def test_a_merged_tag_whose_name_is_taken_away_again_is_a_tag_of_its_own() -> None:
    found = after(SHOP, edit("merge", "icebox", "refrigerator"), edit("unalias", "refrigerator", "icebox"))
    assert found.tags == ["appliance", "refrigerator", "mini bar", "icebox"]
    assert found.labels("refrigerator") == {"zh": "冰箱", "en": "refrigerator", "de": "Eisschrank"}
    assert found.canonical("Icebox") == "icebox"


def test_a_renamed_tag_keeps_its_labels_and_what_stands_below_it_and_answers_to_its_former_name() -> None:
    found = after(SHOP, edit("rename", "appliance", "home appliance"), edit("rename", "refrigerator", "fridge"))
    assert found.entry("fridge") == Entry(
        "fridge", "kind", {"zh": ("冰箱",), "en": ("fridge", "refrigerator")}, ("home appliance",), "refrigerator"
    )
    assert found.canonical("Refrigerators") == "fridge"
    assert found.entry("mini bar").parents == ("icebox", "fridge")
    assert [found.came_as(text) for text in ("fridge", "mini bar")] == ["refrigerator", "mini bar"]


def test_a_label_that_was_the_name_is_renamed_with_it_and_another_is_not() -> None:
    mug = Vocabulary([Entry("mug", "", {"en": ("mug", "beaker")})])
    cup = Vocabulary([Entry("mug", "", {"en": ("a mug",)})])
    assert after(mug, edit("rename", "mug", "cup")).entry("cup").labels == {"en": ("cup", "mug", "beaker")}
    assert after(cup, edit("rename", "mug", "cup")).entry("cup").labels == {"en": ("a mug", "mug")}


def test_a_tag_that_gets_its_first_name_back_is_what_it_was_but_for_the_alias() -> None:
    found = after(SHOP, edit("rename", "icebox", "cooler"), edit("rename", "icebox", "icebox"))
    assert found.tags[1:] == ["refrigerator", "mini bar", "icebox"]
    assert found.entry("icebox").came_as == ""
    assert found.canonical("cooler") == "icebox"


def test_changes_mean_a_tag_by_the_name_that_it_came_with_whichever_are_undone() -> None:
    changes = [edit("rename", "icebox", "cooler"), edit("alias", "icebox", "chiller", "en")]
    assert after(SHOP, *changes).canonical("chiller") == "cooler"
    assert after(SHOP, changes[1]).canonical("chiller") == "icebox"


def test_a_new_label_is_shown_and_the_former_one_becomes_an_alias() -> None:
    found = after(SHOP, edit("label", "icebox", "冷柜", "zh"), edit("label", "icebox", "Icebox", "en"))
    assert found.entry("icebox").labels == {"zh": ("冷柜", "冰柜", "冰箱"), "de": ("Eisschrank",), "en": ("Icebox",)}


def test_aliases_come_and_go_however_they_are_written() -> None:
    found = after(SHOP, edit("alias", "icebox", "冷柜", "zh"), edit("unalias", "icebox", "eisschrank"))
    assert found.entry("icebox").labels == {"zh": ("冰柜", "冰箱", "冷柜")}


def test_the_names_of_a_deleted_tag_still_mean_it_but_it_is_no_tag() -> None:
    found = after(SHOP, edit("delete", "appliance"), edit("delete", "icebox"))
    assert found.tags == ["refrigerator", "mini bar"]
    assert "icebox" not in found
    assert found.entry("refrigerator").parents == ()
    assert found.canonical("Eisschrank") == "icebox"
    assert [found.drops(text) for text in ("冰柜", "iceboxes", "冰箱", "toaster")] == [True, False, False, False]
    assert found.with_tags(["icebox", "new"]).drops("icebox") is False
    assert found.without(["mini bar"]).drops("icebox")


def test_a_deleted_tag_that_was_renamed_or_merged_stays_deleted_or_not() -> None:
    renamed = after(SHOP, edit("delete", "icebox"), edit("rename", "icebox", "cooler"))
    assert (renamed.drops("cooler"), renamed.drops("icebox")) == (True, True)
    taken = after(SHOP, edit("delete", "icebox"), edit("merge", "icebox", "refrigerator"))
    assert (taken.canonical("icebox"), taken.drops("icebox")) == ("refrigerator", False)


TAGS = st.sampled_from(["a", "b", "c", "d", "电", "e s"])
ENTRIES = st.lists(
    st.builds(
        Entry, TAGS, st.just(""), st.dictionaries(st.sampled_from(["zh", "en"]), st.lists(TAGS, max_size=2).map(tuple))
    ),
    max_size=5,
    unique_by=lambda entry: entry.tag,
)
EDITS = st.lists(st.builds(edit, st.sampled_from(EDIT_KINDS), TAGS, TAGS, st.sampled_from(["zh", "en"])), max_size=8)


@given(ENTRIES, TAGS, TAGS)
def test_after_a_merge_the_tags_name_and_those_it_alone_had_mean_the_other(
    entries: list[Entry], tag: str, into: str
) -> None:
    before = Vocabulary(entries)
    found = merged(before, tag, into)
    if tag != into:
        assert tag not in found
        assert found.canonical(tag) == into
        others = {form for entry in entries if entry.tag not in (tag, into) for form in entry.forms}
        assert all(found.canonical(form) == into for form in {*before.forms(tag), *before.forms(into)} - others)
        assert {entry.tag for entry in found} == ({entry.tag for entry in before} | {into}) - {tag}


@given(ENTRIES, EDITS)
def test_whatever_was_changed_a_name_means_one_thing_and_no_tag_is_lost(entries: list[Entry], edits: Any) -> None:
    found = apply_edits(Vocabulary(entries), edits)
    for entry in entries:
        meant = found.canonical(entry.tag)
        assert meant in found or found.drops(meant)
        assert found.canonical(meant) == meant
    assert not {*found.tags} & {tag for tag in found.tags if found.drops(tag)}


@pytest.mark.parametrize("kind", EDIT_KINDS)
def test_a_change_of_a_tag_that_is_not_there_fails_nowhere(kind: EditKind) -> None:
    assert len(after(Vocabulary(), edit(kind, "x", "y", "en"))) <= 1
