from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from finetune.seq2seq.dataset import Split, read_labelled, split_of
from index.errors import BadInput
from index.neighbours import Neighbours
from index.product import Product
from index.vectors.base import Matrix
from index.vectors.flat_index import FlatIndex
from tagger.splits import held_out, part
from tagger.vocabulary import Entry, Vocabulary

VOCABULARY = Vocabulary([Entry("mug", "kind", {"zh": ("马克杯",), "en": ("mug",)})])
SHOP = [Product(str(number), f"mug {number}", "", "en", ("mug",)) for number in range(60)]


class Lengths:
    """Encodes a text by its length. The vectors need no meaning here."""

    name = "lengths"
    dim = 2

    def encode(self, texts: Sequence[str]) -> Matrix:
        angles = np.array([len(text) for text in texts], np.float32)
        return np.stack([np.cos(angles), np.sin(angles)], 1)


def divided(products: Sequence[Product], vocabulary: Vocabulary = VOCABULARY) -> Split:
    return split_of(products, vocabulary, Neighbours(Lengths(), FlatIndex, 3))


def in_part(wanted: str) -> Product:
    return next(product for product in SHOP if part(product) == wanted)


def test_products_are_divided_by_their_texts() -> None:
    split = divided(SHOP)
    assert not any(held_out(case.product) for case in split.training)
    assert {part(case.product) for case in split.validation} == {"validation"}
    assert {part(case.product) for case in split.test} == {"test"}
    assert len(split.training) + len(split.validation) + len(split.test) == len(SHOP)


def test_tags_take_the_names_of_the_vocabulary_each_once() -> None:
    products = [Product(product.id, product.title, "", "zh", ("马克杯", "MUG", "新")) for product in SHOP]
    assert {case.product.tags for case in divided(products).training} == {("mug", "新")}


def test_products_without_tags_are_left_out() -> None:
    split = divided([*SHOP, Product("x", "no tags")])
    assert "x" not in {case.product.id for case in (*split.training, *split.validation, *split.test)}


def test_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(BadInput, match="no product has tags"):
        divided([Product("x", "no tags")])
    with pytest.raises(BadInput, match="2 labelled products are too few"):
        divided([in_part("test"), in_part("validation")])


def test_nothing_to_validate_on_is_refused() -> None:
    with pytest.raises(BadInput, match="1 labelled products are too few"):
        divided([in_part("training")])


def test_without_validation_products_the_test_products_serve() -> None:
    split = divided([in_part("training"), in_part("test")])
    assert [case.product for case in split.validation] == [in_part("test")]


def test_the_fingerprint_changes_with_the_products_and_their_tags() -> None:
    first = divided(SHOP).fingerprint()
    assert first == divided(SHOP).fingerprint()
    assert first != divided(SHOP[:-1]).fingerprint()
    assert first != divided(SHOP, Vocabulary([Entry("cup", "kind", {"en": ("mug",)})])).fingerprint()


def test_a_file_with_a_bad_row_is_refused_and_the_row_named(tmp_path: Path) -> None:
    (tmp_path / "shop.jsonl").write_text('{"title": "mug"}\n{"title": 3}\n', "utf-8")
    with pytest.raises(BadInput, match=r"shop.jsonl line 2: title must be a text"):
        read_labelled(tmp_path / "shop.jsonl")


def test_neighbours_are_products_that_are_trained_on_and_never_oneself() -> None:
    split = divided(SHOP)
    tags = {case.product.id: case.product.tags for case in split.training}
    numbered = [Product(product.id, product.title, "", "en", (f"tag {product.id}",)) for product in SHOP]
    for case in (*divided(numbered).training, *divided(numbered).test):
        shown = {tag for near in case.near for tag in near.tags}
        assert len(case.near) == 3
        assert shown <= {f"tag {id}" for id in tags.keys() - {case.product.id}}
