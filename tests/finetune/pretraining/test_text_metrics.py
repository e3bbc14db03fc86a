import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.pretraining.text_metrics import Invention, distinct, invention, longest_common_subsequence, rouge_l
from index.product import Product

letters = st.lists(st.sampled_from("abc"), max_size=8)


def test_rouge_l_counts_what_both_have_in_one_order() -> None:
    # "blue mug" against "blue steel mug": 2 common words, 2 · 2 / (2 + 3).
    assert rouge_l([["blue mug"]], [["blue steel mug"]]) == pytest.approx(0.8)
    assert rouge_l([["mug", "blue"]], [["blue", "mug"]]) == 1
    assert rouge_l([["红裙"]], [["红长裙"]]) == pytest.approx(0.8)
    assert rouge_l([[]], [["mug"]]) == 0
    assert rouge_l([], []) == 0


@given(letters, letters)
def test_the_longest_common_subsequence_is_that_of_the_definition(first: list[str], second: list[str]) -> None:
    def longest(one: list[str], other: list[str]) -> int:
        if not one or not other:
            return 0
        if one[-1] == other[-1]:
            return 1 + longest(one[:-1], other[:-1])
        return max(longest(one[:-1], other), longest(one, other[:-1]))

    assert longest_common_subsequence(first[:6], second[:6]) == longest(first[:6], second[:6])


def test_distinct_is_the_share_of_different_words() -> None:
    # Words: mug, blue, mug: two of three are distinct. Bigrams: only "blue mug"; the second product has none.
    assert distinct([["mug", "blue"], ["mug"]], 1) == pytest.approx(2 / 3)
    assert distinct([["mug", "blue"], ["mug"]], 2) == 1
    assert distinct([], 1) == 0


def test_invention_tells_what_is_new_and_what_of_it_has_no_support() -> None:
    product = Product("1", "Blue mug of stoneware")
    written = [["mug", "stoneware", "teal", "cheap"]]
    # "mug" is known, "stoneware" is in the text, "teal" is a neighbour's tag, and "cheap" is made up.
    assert invention([product], written, [["Teal"]], ["Mug"]) == Invention(3 / 4, pytest.approx(1 / 3))
    assert invention([product], [[]], [[]], []) == Invention(0, 0)
