import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagger.vocabulary import collapse, fold, places, stands

LISTS = Path(__file__).parent


def pairs(name: str) -> list[dict[str, str]]:
    with (LISTS / f"{name}.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_white_space_within_a_name_is_folded_too() -> None:
    assert fold("  Ice\u3000\n BOX ") == "ice box"


def test_of_300_pairs_that_are_one_name_each_is_spelled_alike() -> None:
    same = pairs("same")
    apart = [pair for pair in same if collapse(pair["left"]) != collapse(pair["right"])]
    assert len(same) >= 300
    assert len(apart) <= 0.05 * len(same), apart


def test_of_300_pairs_that_are_two_names_none_is_spelled_alike() -> None:
    distinct = pairs("distinct")
    assert len(distinct) >= 300
    assert [pair for pair in distinct if collapse(pair["left"]) == collapse(pair["right"])] == []


def test_the_pairs_are_of_both_languages_and_every_kind() -> None:
    kinds = Counter(pair["kind"] for pair in pairs("same"))
    assert (
        min(kinds[kind] for kind in ("en case", "en width", "en plural", "en spacing", "en spelling", "zh script"))
        >= 10
    )
    assert sum(count for kind, count in kinds.items() if kind.startswith("zh")) >= 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Women’s T-Shirts", "womantshirt"),
        ("小 米 手機殼", "小米手机壳"),
        ("1.5 L", "1.5l"),
        ("1,000 pcs", "1000pcs"),
        ("2 4", "2 4"),
        ("0-3 months", "0-3month"),
        ("XAVC S", "xavc s"),
        ("S-Trap", "strap"),
        ("Contact Lenses", "contactlens"),
        ("contactlenses", "contactlens"),
        ("Beaches, caches", "beachcache"),
        ("Buses and houses", "busandhouse"),
        ("Firewomen", "firewoman"),
        ("Bureaux", "bureau"),
        ("Mousses", "mouss"),
        ("½ inch", "1/2inch"),
        ("Crème brûlée", "cremebrulee"),
        ("Smørrebrød", "smørrebrød"),
        ("हिन्दी", "हिन्दी"),
        ("ガラス", "ガラス"),
        ("★", "★"),
        ("", ""),
    ],
)
def test_what_spellings_of_a_name_have_in_common(text: str, expected: str) -> None:
    assert collapse(text) == expected


WORDS = st.sampled_from(
    ["s", "es", "bus", "glasses", "shorts", "lenses", "whisky", "mens", "wear", "ie", "our", "5", "ss"]
)
TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=8),
    st.lists(WORDS, max_size=5).map(" ".join),
    st.lists(WORDS, max_size=5).map("".join),
)


@example("ß ſ İ")
@example("乾坤 乾淨 著名 跟著")
@given(TEXTS)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert collapse(collapse(text)) == collapse(text)


@given(TEXTS)
def test_texts_alike_but_for_case_width_and_space_are_spelled_alike(text: str) -> None:
    assert collapse(fold(text)) == collapse(text)


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


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        # Not at 2 (smug) and not at 12 (mugs).
        ("mug", "smug mug, a mugs, mug", [5, 18]),
        ("mug", "mug", [0]),
        # Overlapping occurrences all count.
        ("裙裙", "裙裙裙", [0, 1]),
        ("a a", "a a a", [0, 2]),
        ("t恤", "纯棉t恤衫 t恤", [2, 6]),
        ("c++", "c++, c++17", [0, 5]),
        ("mug", "", []),
        ("", "mug", []),
    ],
)
def test_every_place_is_told_where_a_name_stands(form: str, text: str, expected: list[int]) -> None:
    assert list(places(form, text)) == expected


@given(st.text("ab 裙_1", min_size=1, max_size=3), st.text("ab 裙_1", max_size=12))
def test_a_name_stands_in_a_text_where_it_has_a_place(form: str, text: str) -> None:
    found = list(places(form, text))
    assert stands(form, text) is bool(found)
    assert all(text.startswith(form, place) for place in found)
    assert found == sorted(set(found))
