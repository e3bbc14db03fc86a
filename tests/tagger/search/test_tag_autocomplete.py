import time

from index.catalogue.query import TagCount
from tagger.search.tag_autocomplete import TagPicker
from tagger.vocabulary import Entry, Vocabulary

FRIDGE = Entry("refrigerator", "kind", {"zh": ("冰箱", "电冰箱"), "en": ("refrigerator", "fridge")})


def picked(picker: TagPicker, text: str) -> list[str]:
    return [each.tag for each in picker.pick(text, 10)]


def test_a_tag_is_found_by_any_of_its_names_whatever_their_case_and_width() -> None:
    picker = TagPicker({"refrigerator": 3, "mug": 5}, Vocabulary([FRIDGE]))
    assert picker.pick("ＦＲＩＤＧＥ", 10) == [TagCount("refrigerator", "kind", 3)]
    assert picked(picker, "电冰") == ["refrigerator"]
    assert picked(picker, "x") == []


def test_the_spelling_of_a_name_does_not_matter() -> None:
    picker = TagPicker({"shelves": 3, "stainless-steel": 5, "电热水壶": 2}, Vocabulary())
    for text, tag in (("shelf", "shelves"), ("shelv", "shelves"), ("Stainless Steel", "stainless-steel")):
        assert picked(picker, text) == [tag]
    assert picked(picker, "電熱") == ["电热水壶"]
    assert picked(picker, "★") == []


def test_the_closest_name_comes_first_then_the_most_frequent() -> None:
    counts = {"steel mug": 90, "mug tree": 2, "mug cosy": 4, "mug": 1}
    assert picked(TagPicker(counts, Vocabulary()), "mug") == ["mug", "mug cosy", "mug tree", "steel mug"]


def test_no_text_picks_the_most_frequent() -> None:
    assert picked(TagPicker({"a": 1, "b": 3, "c": 2}, Vocabulary()), "") == ["b", "c", "a"]
    assert len(TagPicker({str(n): 1 for n in range(50)}, Vocabulary()).pick("", 7)) == 7


def test_fifteen_thousand_tags_are_looked_through_at_once() -> None:
    picker = TagPicker({f"标签 {number}": number for number in range(15_000)}, Vocabulary())
    taken = []
    for _ in range(3):
        # CPU time of this thread, so that other processes do not count.
        start = time.thread_time()
        assert picked(picker, "14999") == ["标签 14999"]
        taken.append(time.thread_time() - start)
    assert min(taken) < 0.15
