from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import BadInput
from tagger.vocabulary import Entry, read_tsv, write_tsv


def test_a_file_is_read_with_labels_and_aliases(tmp_path: Path) -> None:
    path = tmp_path / "v.tsv"
    path.write_text('\ufefftag\tfacet\tzh\ten\nfridge \tkind\t冰箱 | 电冰箱|\tfridge\n"12" pan\t\t\t\n', "utf-8")
    vocabulary = read_tsv(path)
    assert vocabulary.tags == ["fridge", '"12" pan']
    assert vocabulary.forms("fridge") == ["fridge", "冰箱", "电冰箱"]
    assert vocabulary.labels('"12" pan') == {}


NAMES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="|"), min_size=1, max_size=6)
LABELS = st.dictionaries(
    st.sampled_from(["zh", "en", "de"]), st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple)
)


@example([Entry('12" pan', "kind", {"en": ('12" pan', 'pan, 12"'), "zh": ("平底锅",)})])
@given(st.lists(st.builds(Entry, NAMES, NAMES, LABELS), max_size=5, unique_by=lambda entry: entry.tag))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    path = tmp_path_factory.mktemp("vocabulary") / "v.tsv"
    write_tsv(entries, path)
    back = read_tsv(path)
    assert back.tags == [entry.tag for entry in entries]
    for entry in entries:
        assert back.facet(entry.tag) == entry.facet
        assert back.entry(entry.tag).labels == entry.labels


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no file .*none\.tsv"):
        read_tsv(tmp_path / "none.tsv")


@pytest.mark.parametrize(
    "content", ["", "tag,facet,zh,en\n", "facet\tzh\ten\n", "tag\tcolour\n", "tag\tFacet\n", "tag\ten\ten\n", "tag\t\n"]
)
def test_a_file_with_other_columns_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "v.tsv"
    path.write_text(content, "utf-8")
    with pytest.raises(
        BadInput, match=r"v\.tsv must have the column tag, and may have facet, parent, description and language codes"
    ):
        read_tsv(path)


def test_a_row_without_a_tag_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "v.tsv"
    path.write_text("tag\tfacet\tzh\ten\nred\tcolour\t\t\n \tcolour\t蓝色\tblue\n", "utf-8")
    with pytest.raises(BadInput, match=r"v\.tsv line 3: no tag"):
        read_tsv(path)


def test_a_tag_that_stands_twice_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "v.tsv"
    path.write_text("tag\tfacet\tzh\ten\nred\tcolour\t红色\tred\nred\tstyle\t\t\n", "utf-8")
    with pytest.raises(BadInput, match=r"v\.tsv line 3: duplicate tag 'red', first seen at line 2"):
        read_tsv(path)


@pytest.mark.parametrize("content", [b"tag\tfacet\tzh\ten\n\xff\xfe\n", b"tag\tfacet\tzh\ten\n" + b"x" * 2_000_000])
def test_a_file_that_is_no_such_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.tsv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"v\.tsv cannot be read"):
        read_tsv(path)


def test_columns_may_be_in_any_order_in_any_language_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "v.tsv"
    path.write_text("fr\tpt-BR\ttag\nfrigo|réfrigérateur\tgeladeira\tfridge\n", "utf-8")
    [entry] = read_tsv(path)
    assert entry == Entry("fridge", "", {"fr": ("frigo", "réfrigérateur"), "pt-BR": ("geladeira",)})


def test_parents_stand_in_a_column_and_are_written_where_there_are_any(tmp_path: Path) -> None:
    entries = [Entry("mug", "kind", {"en": ("mug",)}, ("kitchen", "gift")), Entry("kitchen"), Entry("gift")]
    write_tsv(entries, tmp_path / "v.tsv")
    assert (tmp_path / "v.tsv").read_text("utf-8") == (
        "tag\tfacet\tparent\tzh\ten\nmug\tkind\tkitchen|gift\t\tmug\nkitchen\t\t\t\t\ngift\t\t\t\t\n"
    )
    assert list(read_tsv(tmp_path / "v.tsv")) == entries


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("a\t\nb\tc\n", r"line 3: 'c', the parent of 'b', is not a tag in this file"),
        ("a\ta\n", r"line 2: a tag cannot be its own ancestor: 'a' < 'a'"),
        ("a\tb\nb\tc\nc\ta\n", r"line \d: a tag cannot be its own ancestor: '.' < '.' < '.' < '.'"),
        ("a\t\tmore\n", r"line 2: more cells than columns"),
    ],
)
def test_parents_that_cannot_be_are_named_by_their_line(tmp_path: Path, rows: str, reason: str) -> None:
    path = tmp_path / "v.tsv"
    path.write_text(f"tag\tparent\n{rows}", "utf-8")
    with pytest.raises(BadInput, match=rf"v\.tsv {reason}$"):
        read_tsv(path)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry("a", "", {"en": ("1|2",)}), r"'1\|2' contains a \|"),
        (Entry("a", "", {"en": ("1\t2",)}), r"'1\\t2' contains a tab or a line break"),
        (Entry("a\n"), r"'a\\n' contains a tab or a line break"),
        (Entry("a", parents=("b|c",)), r"'b\|c' contains a \|"),
    ],
)
def test_a_name_that_a_table_cannot_hold_is_refused(tmp_path: Path, entry: Entry, reason: str) -> None:
    (tmp_path / "v.tsv").write_text("tag\nbefore\n", "utf-8")
    with pytest.raises(BadInput, match=reason):
        write_tsv([Entry("first"), entry], tmp_path / "v.tsv")
    assert (tmp_path / "v.tsv").read_text("utf-8") == "tag\nbefore\n"


def test_descriptions_are_read_by_their_language_and_written_back(tmp_path: Path) -> None:
    path = tmp_path / "v.tsv"
    path.write_text("tag\tdescription\tdescription:de\nmug\ta cup with a handle\tBecher\nbowl\t盛汤的碗\t\n", "utf-8")
    vocabulary = read_tsv(path)
    assert vocabulary.entry("mug").descriptions == {"en": "a cup with a handle", "de": "Becher"}
    assert vocabulary.entry("bowl").descriptions == {"zh": "盛汤的碗"}
    write_tsv(vocabulary, path)
    assert [entry.descriptions for entry in read_tsv(path)] == [entry.descriptions for entry in vocabulary]
