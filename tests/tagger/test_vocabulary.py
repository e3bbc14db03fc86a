from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import BadInput
from tagger.vocabulary import Entry, Vocabulary, folded, from_rows, read_tsv, stands, write_tsv

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


def test_white_space_within_a_name_is_folded_too() -> None:
    assert folded("  Ice\u3000\n BOX ") == "ice box"


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


def test_rows_for_the_catalogue_come_back_as_the_same_vocabulary() -> None:
    back = from_rows(reversed(SHOP.rows()))
    assert sorted(back.tags) == ["red", "refrigerator"]
    assert back.forms("refrigerator") == ["refrigerator", "fridge", "冰箱", "电冰箱"]
    assert back.facet("red") == "colour"
    assert back.labels("red") == {"en": "red", "zh": "红色"}


def test_a_file_is_read_with_labels_and_aliases(tmp_path: Path) -> None:
    path = tmp_path / "v.tsv"
    path.write_text('\ufefftag\tfacet\tzh\ten\nfridge \tkind\t冰箱 | 电冰箱|\tfridge\n"12" pan\t\t\t\n', "utf-8")
    vocabulary = read_tsv(path)
    assert vocabulary.tags == ["fridge", '"12" pan']
    assert vocabulary.forms("fridge") == ["fridge", "冰箱", "电冰箱"]
    assert vocabulary.labels('"12" pan') == {}


NAMES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="|"), min_size=1, max_size=6)
LABELS = st.dictionaries(st.sampled_from(["zh", "en"]), st.lists(NAMES, min_size=1, max_size=3).map(tuple))


@example([Entry('12" pan', "kind", {"en": ('12" pan', 'pan, 12"'), "zh": ("平底锅",)})])
@given(st.lists(st.builds(Entry, NAMES, NAMES, LABELS), max_size=5, unique_by=lambda entry: entry.tag))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    path = tmp_path_factory.mktemp("vocabulary") / "v.tsv"
    write_tsv(entries, path)
    back = read_tsv(path)
    assert back.tags == [entry.tag for entry in entries]
    for entry in entries:
        assert back.facet(entry.tag) == entry.facet
        assert back.labels(entry.tag) == {lang: forms[0] for lang, forms in entry.labels.items()}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no file .*none\.tsv"):
        read_tsv(tmp_path / "none.tsv")


@pytest.mark.parametrize("content", ["", "tag,facet,zh,en\n", "tag\tzh\ten\n", "facet\ttag\tzh\ten\n"])
def test_a_file_with_other_columns_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "v.tsv"
    path.write_text(content, "utf-8")
    with pytest.raises(BadInput, match="must have the columns tag, facet, zh, en, split by tabs"):
        read_tsv(path)


def test_a_row_without_a_tag_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "v.tsv"
    path.write_text("tag\tfacet\tzh\ten\nred\tcolour\t\t\n \tcolour\t蓝色\tblue\n", "utf-8")
    with pytest.raises(BadInput, match=r"v\.tsv line 3: no tag"):
        read_tsv(path)


def test_a_tag_that_stands_twice_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "v.tsv"
    path.write_text("tag\tfacet\tzh\ten\nred\tcolour\t红色\tred\nred\tstyle\t\t\n", "utf-8")
    with pytest.raises(BadInput, match=r"v\.tsv line 3: the tag 'red' stands there twice"):
        read_tsv(path)


@pytest.mark.parametrize("content", [b"tag\tfacet\tzh\ten\n\xff\xfe\n", b"tag\tfacet\tzh\ten\n" + b"x" * 2_000_000])
def test_a_file_that_is_no_such_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.tsv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"v\.tsv cannot be read"):
        read_tsv(path)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("mug", "a blue mug", True),
        ("mug", "smuggled mugs", False),
        ("mug", "smuggled mugs, one mug", True),
        ("裙", "连衣裙很好", True),
        ("t恤", "纯棉t恤衫", True),
        ("4k", "电视4k高清", True),
        ("4k", "64kg", False),
        ("", "mug", False),
    ],
)
def test_a_name_stands_in_a_text_as_words_of_its_own(form: str, text: str, expected: bool) -> None:
    assert stands(form, text) is expected
