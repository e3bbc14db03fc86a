from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from index.product import Product
from tagger.taggers.phrase.counts import Numbers, Own, PhraseCounts, count_phrases, look_up
from tagger.taggers.phrase.spans import spans_of

PRODUCTS = [
    Product("1", "Acme red mug", tags=("mug", "acme")),
    Product("2", "Acme blue mug mug", tags=("mug", "acme")),
    Product("3", "Blue lamp", tags=("lamp",)),
    Product("4", "Mug rack", tags=("rack", "gift")),
]
OWNERS = {tag: tag for product in PRODUCTS for tag in product.tags} | {"beaker": "mug"}


def _counted(products: Sequence[Product], owners: Mapping[str, str]) -> tuple[PhraseCounts, Own]:
    spans = spans_of(products)
    right = [
        owners.get(phrase) in products[at].tags
        for phrase, at in zip(spans.phrases, spans.product.tolist(), strict=True)
    ]
    return count_phrases(spans, np.array(right, bool), [product.tags for product in products], owners)


COUNTS, OWN = _counted(PRODUCTS, OWNERS)


def _of_word(word: str) -> list[int]:
    return list(map(int, COUNTS.places[COUNTS.words[word]]))


def test_a_word_is_counted_once_a_text_for_each_place_that_it_has_to_tags() -> None:
    # Numbers of texts with the word anywhere, inside a tag, right after a tag, right before a tag.
    assert _of_word("acme") == [2, 2, 0, 0]
    # In the second text one "mug" follows another, so it is also before one. In the fourth it is not a tag, but comes
    # before "rack".
    assert _of_word("mug") == [3, 2, 1, 2]
    assert _of_word("red") == [1, 0, 1, 1]
    # After "acme" and before "mug" in the second text; before "lamp" in the third.
    assert _of_word("blue") == [2, 0, 1, 2]
    assert _of_word("rack") == [1, 1, 0, 0]


def test_phrases_of_one_text_are_not_kept() -> None:
    assert COUNTS.texts == {"acme": 2, "mug": 3, "blue": 2}


def test_a_phrase_is_right_once_a_text() -> None:
    assert dict(COUNTS.right) == {"mug": 2, "acme": 2, "lamp": 1, "rack": 1}


def test_a_tag_counts_its_products_though_it_stands_in_no_text() -> None:
    assert dict(COUNTS.tags) == {"mug": 2, "acme": 2, "lamp": 1, "rack": 1, "gift": 1}


def _looked_up(text: str) -> dict[str, tuple[int, int, int]]:
    spans = spans_of([Product("p", text)])
    found = look_up(COUNTS, spans)
    rows = zip(found.texts.tolist(), found.right.tolist(), found.tags.tolist(), strict=True)
    return dict(zip(spans.phrases, rows, strict=True))


def test_a_new_text_is_looked_up_in_all_that_was_counted() -> None:
    # Numbers of texts with the phrase, of texts where it is right, and of products with the tag.
    assert _looked_up("Acme gift") == {"acme": (2, 2, 2), "acme gift": (0, 0, 0), "gift": (0, 0, 1)}
    # An alias has its tag's products, but its own texts.
    assert _looked_up("Beaker") == {"beaker": (0, 0, 2)}
    found = look_up(COUNTS, spans_of([Product("p", "Red vase")]))
    assert found.places.tolist() == [[1, 0, 1, 1], [0, 0, 0, 0]]


def _own(number: int) -> Numbers:
    """Return the counts for one of the products, with the product itself left out."""
    spans = spans_of(PRODUCTS)
    numbers = look_up(COUNTS, spans, OWN)
    tokens, phrases = spans.tokens.product == number, spans.product == number
    return Numbers(numbers.places[tokens], numbers.texts[phrases], numbers.right[phrases], numbers.tags[phrases])


@pytest.mark.parametrize("number", range(len(PRODUCTS)))
def test_what_a_product_contributed_is_left_out_as_if_it_had_not_been_there(number: int) -> None:
    others, _ = _counted([product for product in PRODUCTS if product is not PRODUCTS[number]], OWNERS)
    expected = look_up(others, spans_of([PRODUCTS[number]]))
    found = _own(number)
    assert found.places.tolist() == expected.places.tolist()
    assert found.texts.tolist() == expected.texts.tolist()
    assert found.right.tolist() == expected.right.tolist()
    assert found.tags.tolist() == expected.tags.tolist()


def test_a_tag_of_one_product_is_to_itself_one_that_no_product_has() -> None:
    found = _own(2)
    # "blue", "blue lamp", "lamp".
    assert (found.right.tolist(), found.tags.tolist()) == ([0, 0, 0], [0, 0, 0])


def test_a_phrase_of_one_other_text_counts_as_one_of_none() -> None:
    # "blue" occurs in one other text, "mug" in two.
    assert _own(2).texts.tolist() == [0, 0, 0]
    assert _own(3).texts.tolist() == [2, 0, 0]


def test_without_any_product_everything_is_0() -> None:
    counts, own = _counted([], {})
    assert own.places.shape == (0, 4)
    found = look_up(counts, spans_of([Product("p", "Red mug")]))
    assert found.places.tolist() == [[0] * 4] * 2
    assert (found.texts.tolist(), found.right.tolist(), found.tags.tolist()) == ([0] * 3, [0] * 3, [0] * 3)
    assert look_up(COUNTS, spans_of([])).places.shape == (0, 4)
