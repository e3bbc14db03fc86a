"""Character ranges compared with the Unicode character names."""

import re
import unicodedata

import pytest

from index.text.folding import fold
from index.text.plain_characters import plain_characters
from index.text.scripts import HAN, HAN_BASIC, HAN_RANGES, KANA_OR_HANGUL, WIDE

CHARACTERS = [chr(code) for code in range(0x40000) if not 0xD800 <= code <= 0xDFFF]
LAST_OF_UNICODE_14 = "\U0003134f"


def named(*beginnings):
    return {each for each in CHARACTERS if unicodedata.name(each, "").startswith(beginnings)}


def matched(characters):
    known = {each for each in CHARACTERS if unicodedata.category(each) != "Cn"}
    return set(re.findall(f"[{characters}]", "".join(CHARACTERS))) & known


def test_han_is_every_ideograph_that_unicode_14_names():
    ideographs = named("CJK UNIFIED IDEOGRAPH-", "CJK COMPATIBILITY IDEOGRAPH-")
    assert matched(HAN) == {each for each in ideographs if each <= LAST_OF_UNICODE_14}
    assert len(matched(HAN)) > 92_000


def test_han_has_the_same_characters_as_class_and_as_ranges():
    by_ranges = {each for each in CHARACTERS for first, last in HAN_RANGES if first <= ord(each) <= last}
    assert set(re.findall(f"[{HAN}]", "".join(CHARACTERS))) == by_ranges


def test_basic_han_is_han_in_the_basic_plane():
    assert matched(HAN_BASIC) == {each for each in matched(HAN) if each <= "\uffff"}


def test_kana_or_hangul_has_no_ideograph_and_no_sign():
    assert not matched(KANA_OR_HANGUL) & matched(HAN)
    letters = {each for each in named("HIRAGANA LETTER ", "KATAKANA LETTER ", "HANGUL SYLLABLE ") if each <= "\uffff"}
    assert letters <= matched(KANA_OR_HANGUL)
    assert "・" not in matched(KANA_OR_HANGUL)


@pytest.mark.parametrize("character", ["猫", "か", "カ", "한", "、", "𠮷"])
def test_an_ideograph_and_its_like_are_wide(character):
    assert re.fullmatch(f"[{WIDE}]", character)


@pytest.mark.parametrize("normal", [plain_characters, fold])
def test_of_the_compatibility_block_normal_texts_keep_twelve_ideographs(normal):
    """Ranges that left out the compatibility block, as some code did, were almost equivalent."""
    block = [each for each in matched(HAN_BASIC) if each >= "\uf900"]
    assert len(block) == 472
    assert sum(normal(each) == each for each in block) == 12
