import hashlib

import pytest

from index.files.product_reader import read_products
from index.product import Product
from tagger.demo.paths import PRODUCTS
from tagger.splits import held_out, part, position


def test_a_product_stands_where_the_salted_md5_of_its_text_does() -> None:
    digits = hashlib.md5("tagweave马克杯好看".encode()).hexdigest()
    assert position(Product("1", "马克杯", "好看")) == pytest.approx(int(digits, 16) / 16**32)


def test_the_lowest_tenth_is_test_and_the_next_is_validation() -> None:
    products = [Product(str(number), f"mug {number}") for number in range(300)]
    for product in products:
        expected = "test" if position(product) < 0.1 else "validation" if position(product) < 0.2 else "training"
        assert part(product) == expected
        assert held_out(product) == (expected != "training")


def test_id_language_and_tags_do_not_decide() -> None:
    assert position(Product("1", "mug", "blue", "en", ("a",))) == position(Product("2", "mug", "blue", "zh", ("b",)))


def test_about_a_fifth_of_the_demo_is_held_out() -> None:
    products = [read.outcome for read in read_products([PRODUCTS])]
    held = [product for product in products if isinstance(product, Product) and held_out(product)]
    assert len(held) / len(products) == pytest.approx(0.2, abs=0.03)
