import random
from pathlib import Path

import pytest

from finetune.data import read_labelled, reordered, split_of, unchanged
from index.errors import BadInput
from index.product import Product
from tagger.split import held_out, part
from tagger.vocabulary import Entry, Vocabulary

VOCABULARY = Vocabulary([Entry("mug", "kind", {"zh": ("马克杯",), "en": ("mug",)})])
SHOP = [Product(str(number), f"mug {number}", "", "en", ("mug",)) for number in range(60)]


def in_part(wanted: str) -> Product:
    return next(product for product in SHOP if part(product) == wanted)


def test_products_are_divided_by_their_texts() -> None:
    split = split_of(SHOP, VOCABULARY)
    assert not any(map(held_out, split.training))
    assert {part(product) for product in split.validation} == {"validation"}
    assert {part(product) for product in split.test} == {"test"}
    assert len(split.training) + len(split.validation) + len(split.test) == len(SHOP)


def test_tags_take_the_names_of_the_vocabulary_each_once() -> None:
    products = [Product(product.id, product.title, "", "zh", ("马克杯", "MUG", "新")) for product in SHOP]
    assert {product.tags for product in split_of(products, VOCABULARY).training} == {("mug", "新")}


def test_products_without_tags_are_left_out() -> None:
    split = split_of([*SHOP, Product("x", "no tags")], VOCABULARY)
    assert "x" not in {product.id for product in (*split.training, *split.validation, *split.test)}


def test_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(BadInput, match="no product has tags"):
        split_of([Product("x", "no tags")], VOCABULARY)
    with pytest.raises(BadInput, match="2 labelled products are too few"):
        split_of([in_part("test"), in_part("validation")], VOCABULARY)


def test_nothing_to_validate_on_is_refused() -> None:
    with pytest.raises(BadInput, match="1 labelled products are too few"):
        split_of([in_part("training")], VOCABULARY)


def test_without_validation_products_the_test_products_serve() -> None:
    split = split_of([in_part("training"), in_part("test")], VOCABULARY)
    assert split.validation == [in_part("test")]


def test_the_fingerprint_changes_with_the_products_and_their_tags() -> None:
    first = split_of(SHOP, VOCABULARY).fingerprint()
    assert first == split_of(SHOP, VOCABULARY).fingerprint()
    assert first != split_of(SHOP[:-1], VOCABULARY).fingerprint()
    assert first != split_of(SHOP, Vocabulary([Entry("cup", "kind", {"en": ("mug",)})])).fingerprint()


def test_a_file_with_a_bad_row_is_refused_and_the_row_named(tmp_path: Path) -> None:
    (tmp_path / "shop.jsonl").write_text('{"title": "mug"}\n{"title": 3}\n', "utf-8")
    with pytest.raises(BadInput, match=r"shop.jsonl line 2: title must be a text"):
        read_labelled(tmp_path / "shop.jsonl")


@pytest.mark.parametrize(
    ("lang", "description", "sentences"),
    [
        ("en", "Holds 0.5 l. Is blue! Cheap", {"Holds 0.5 l.", "Is blue!", "Cheap"}),
        ("zh", "能装0.5升。蓝色!好看", {"能装0.5升。", "蓝色!", "好看"}),
    ],
)
def test_reordering_moves_whole_sentences(lang: str, description: str, sentences: set[str]) -> None:
    product = Product("1", "mug", description, lang)
    seen = {reordered(product, random.Random(seed)).description for seed in range(50)}
    assert len(seen) == 6
    for text in seen:
        assert all(sentence in text for sentence in sentences)
        assert len(text) == len(description)


def test_reordering_changes_the_description_only() -> None:
    product = Product("1", "A. B.", "", "en", ("mug",))
    assert reordered(product, random.Random(0)) == product == unchanged(product, random.Random(0))
