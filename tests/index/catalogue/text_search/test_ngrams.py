import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.catalogue.text_search.ngrams import grams, is_gram, postings
from index.text.folding import fold

TEXTS = st.text(alphabet="ab1 冰箱色，\U00020001\U0001f600", max_size=20).map(fold)


def code(*characters: str) -> int:
    """Return the key of an n-gram: 21 bits per character."""
    key = 0
    for character in characters:
        key = key << 21 | ord(character)
    return key


def test_case_width_and_white_space_are_folded() -> None:
    assert fold(" ＭＵＧ　Straße\t４５０ｍｌ\n") == "mug strasse 450ml"


def test_a_gram_is_two_characters_after_an_ideograph_and_three_otherwise() -> None:
    assert set(grams("双门冰箱4k")) == {code(*"双门"), code(*"门冰"), code(*"冰箱"), code(*"箱4")}
    assert set(grams("mugs")) == {code(*"mug"), code(*"ugs")}


@pytest.mark.parametrize("word", ["", "箱", "4k", "ab", "k箱"])
def test_a_word_too_short_has_no_gram(word: str) -> None:
    assert grams(word) == []


def test_no_gram_spans_white_space() -> None:
    assert set(grams("冰 箱\nab c")) == set()


def test_a_long_word_is_told_by_eight_of_its_grams() -> None:
    word = "".join(chr(0x4E00 + place) for place in range(100))
    chosen = grams(word)
    assert len(chosen) == 8
    assert {code(word[0], word[1]), code(word[98], word[99])} <= set(chosen)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("冰箱", True), ("mug", True), ("箱4", True), ("mugs", False), ("双冰箱", False), ("ab", False), ("", False)],
)
def test_a_word_may_be_one_gram_and_nothing_else(word: str, expected: bool) -> None:
    assert is_gram(word) is expected


def test_postings_name_the_texts_of_each_gram_once() -> None:
    found = postings(["冰箱 冰箱", "", "双冰箱"], [7, 8, 9])
    assert found.grams.tolist() == [code(*"冰箱"), code(*"双冰")]
    assert [found.owners[start:end].tolist() for start, end in zip(found.offsets, found.offsets[1:], strict=False)] == [
        [7, 9],
        [9],
    ]


def test_nothing_has_no_postings() -> None:
    for texts in ([], [""], ["a", "箱"]):
        found = postings(texts, range(len(texts)))
        assert (found.grams.size, found.offsets.tolist(), found.owners.size) == (0, [0], 0)


@given(st.lists(TEXTS, max_size=6))
def test_postings_agree_with_the_grams_of_each_text(texts: list[str]) -> None:
    found = postings(texts, range(len(texts)))
    inverted = {
        (int(gram), int(owner))
        for gram, start, end in zip(found.grams, found.offsets, found.offsets[1:], strict=False)
        for owner in found.owners[start:end]
    }
    words = [(word, number) for number, text in enumerate(texts) for word in text.split()]
    assert inverted == {(gram, number) for word, number in words for gram in grams_of(word)}
    assert np.all(np.diff(found.grams) > 0)


def grams_of(word: str) -> set[int]:
    """Return a word's n-grams with a simple loop, as a reference for the vectorised code."""
    sizes = [2 if "\u3400" <= each <= "\u9fff" or each >= "\U00020000" else 3 for each in word]
    return {code(*word[at : at + size]) for at, size in enumerate(sizes) if at + size <= len(word)}


@given(TEXTS, st.data())
def test_a_text_has_all_grams_of_every_substring(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    own = set(postings([text], [0]).grams.tolist())
    for word in text[start:end].split():
        assert set(grams(word)) <= own
        if is_gram(word):
            assert code(*word) in grams(word)
