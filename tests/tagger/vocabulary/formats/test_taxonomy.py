import gzip
from pathlib import Path

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import BadInput
from tagger.vocabulary import Entry, Vocabulary, read_vocabulary
from tagger.vocabulary.formats.taxonomy import distinct

SHARED = Path(__file__).parents[5] / "shared" / "taxonomy"
CATEGORIES = """\
c-1\tPets\t宠物
c-2\tPets > Bird Supplies\t宠物 > 鸟类用品
c-3\tPets > Bird Supplies > Accessories\t宠物 > 鸟类用品 > 配件
c-4\tPets > Cat Supplies\t宠物 > 猫用品
c-5\tPets > Cat Supplies > Accessories\t宠物 > 猫用品 > 用品
"""
VALUES = """\
v-1\tCotton [Fabric]\t棉 [面料]
v-2\tCotton [Filling]\t棉 [填充物]
v-3\tLight [Weight]\t轻 [重量]
v-4\tLight [Lamp part]\t灯 [灯具部件]
v-5\tRed [Color]\t红色 [颜色]
"""


def taxonomy(tmp_path: Path, content: str) -> Vocabulary:
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(gzip.compress(content.encode()))
    return read_vocabulary(path)


def test_categories_get_the_last_part_of_their_path_and_its_parent(tmp_path: Path) -> None:
    assert list(taxonomy(tmp_path, CATEGORIES)) == [
        Entry("Pets", "", {"en": ("Pets",), "zh": ("宠物",)}),
        Entry("Bird Supplies", "", {"en": ("Bird Supplies",), "zh": ("鸟类用品",)}, ("Pets",)),
        Entry(
            "Accessories [Bird Supplies]",
            "",
            {"en": ("Accessories [Bird Supplies]",), "zh": ("配件",)},
            ("Bird Supplies",),
        ),
        Entry("Cat Supplies", "", {"en": ("Cat Supplies",), "zh": ("猫用品",)}, ("Pets",)),
        Entry(
            "Accessories [Cat Supplies]",
            "",
            {"en": ("Accessories [Cat Supplies]",), "zh": ("用品",)},
            ("Cat Supplies",),
        ),
    ]


def test_values_of_one_name_in_both_languages_are_one_tag_of_no_facet(tmp_path: Path) -> None:
    assert list(taxonomy(tmp_path, VALUES)) == [
        Entry("Cotton", "", {"en": ("Cotton",), "zh": ("棉",)}),
        Entry("Light [Weight]", "Weight", {"en": ("Light [Weight]",), "zh": ("轻",)}),
        Entry("Light [Lamp part]", "Lamp part", {"en": ("Light [Lamp part]",), "zh": ("灯",)}),
        Entry("Red", "Color", {"en": ("Red",), "zh": ("红色",)}),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("1\ta\t甲\n2\tb\n", "line 2: expected an id, an English and a Chinese name, separated by tabs"),
        ("1\ta\t甲\n\t\t\n", "line 2: expected an id, an English and a Chinese name, separated by tabs"),
        ("1\ta\t甲\n1\tb\t乙\n", "line 2: duplicate '1', first seen at line 1"),
        ("1\ta\t甲\n2\ta\t乙\n", "line 2: duplicate 'a', first seen at line 1"),
        ("1\ta\t甲\n2\tb > c\t乙\n", "line 2: its parent 'b' has no line of its own"),
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(BadInput, match=rf"t\.tsv\.gz {reason}$"):
        taxonomy(tmp_path, content)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(gzip.compress(CATEGORIES.encode())[:-20])
    with pytest.raises(BadInput, match=r"t\.tsv\.gz cannot be read: "):
        read_vocabulary(path)


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3), max_size=4))
def test_a_name_is_chosen_for_two_only_where_both_have_no_other(names: list[list[str]]) -> None:
    chosen = distinct(names)
    for place, name in enumerate(chosen):
        others = {each for at, all_names in enumerate(names) for each in all_names if at != place}
        assert name not in others or (name == names[place][-1] and others >= set(names[place]))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "tags", "unlike"), [("attributes", 1987, 2), ("categories", 10595, 2), ("attribute_values", 11900, 40)]
)
def test_shopifys_taxonomy_is_read_and_every_label_names_its_tag(name: str, tags: int, unlike: int) -> None:
    path = SHARED / f"shopify_{name}.en-zh.tsv.gz"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    vocabulary = read_vocabulary(path)
    assert len(vocabulary) == tags
    clashing = {clash.other for clash in vocabulary.clashes()}
    astray = [entry.tag for entry in vocabulary for label in entry.forms if vocabulary.canonical(label) != entry.tag]
    assert set(astray) <= clashing
    # Some different things have the same Chinese name in the file.
    assert len(astray) <= unlike


@pytest.mark.shared
@pytest.mark.parametrize("script", ["s2t", "s2tw", "s2hk"])
def test_shopifys_chinese_names_in_traditional_characters_name_the_same_tags(script: str) -> None:
    path = SHARED / "shopify_categories.en-zh.tsv.gz"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    vocabulary = read_vocabulary(path)
    traditional = opencc.OpenCC(script)
    named = [
        (entry.tag, vocabulary.canonical(traditional.convert(vocabulary.label(entry.tag, "zh"))))
        for entry in vocabulary
    ]
    # About a dozen traditional characters have several simplified forms, and the surrounding word does not decide.
    assert sum(tag == found for tag, found in named) >= 0.999 * len(named)


@pytest.mark.shared
def test_shopifys_categories_stand_under_one_another() -> None:
    path = SHARED / "shopify_categories.en-zh.tsv.gz"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    vocabulary = read_vocabulary(path)
    assert vocabulary.ancestors("Bird Cage Accessories") == ["Bird Supplies", "Pet Supplies", "Animals & Pet Supplies"]
    assert vocabulary.label("Bird Cage Accessories", "zh") == "鸟笼配件"
    assert vocabulary.canonical("鳥籠配件") == "Bird Cage Accessories"
