"""Values of attributes are told from the same words elsewhere, and new ones are found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.encoders.weights import WeightsSettings
from index.product import Product
from index.vectors.flat_index import FlatIndex
from tagger.neural.values.tokens import label_tokens, marked_values, tokens_of
from tagger.plugins import TAGGERS, Resources
from tagger.testing import check_tagger
from tagger.types import Span
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.vocabulary import Entry

COLOURS, BRANDS = ("red", "blue", "green"), ("acme", "bolt")
VOCABULARY = Vocabulary([Entry(tag, facet="colour") for tag in COLOURS] + [Entry(tag, facet="brand") for tag in BRANDS])
# After the word "for", a colour is that of something else.
SHOP = [
    Product(f"{colour} {brand} {other}", f"{colour} mug by {brand} for {other} tables", tags=(colour, brand))
    for colour in COLOURS
    for brand in BRANDS
    for other in COLOURS
    if other != colour
]
QUICK: dict[str, Any] = {"width": 16, "hidden": 12, "epochs": 40, "learning_rate": 0.03, "dropout": 0.0}


@pytest.fixture(scope="module")
def make() -> Callable[[], Any]:
    resources = Resources(None, FlatIndex, VOCABULARY, WeightsSettings())  # type: ignore[arg-type]
    return lambda: TAGGERS.create("attributes", [resources], QUICK)


@pytest.fixture(scope="module")
def saved(make: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("values")
    check_tagger(make, SHOP, folder)
    return folder


@pytest.fixture
def tagger(make: Callable[[], Any], saved: Path) -> Any:
    loaded = make()
    loaded.load(saved)
    return loaded


def test_a_name_counts_where_it_is_a_value(tagger: Any) -> None:
    for product, ranking in zip(SHOP, tagger.suggest(SHOP, 5), strict=True):
        colour, brand, other = product.id.split()
        scores = dict(ranking)
        assert min(scores[colour], scores[brand]) > 0.5 > scores[other]


def test_a_new_value_is_found_where_values_are(tagger: Any) -> None:
    product = Product("p", "blue mug by Zenith for red tables")
    [found] = [value for value in tagger.plugin.values(product) if value.new and value.facet == "brand"]
    assert (found.tag, found.span) == ("zenith", Span(12, 18, "Zenith"))
    [evidence] = tagger.explain([product], [["blue", "zenith"]])
    assert evidence["blue"].spans == (Span(0, 4, "blue"),)


def test_tokens_are_words_and_single_chinese_characters() -> None:
    assert [(each.word, each.start) for each in tokens_of("Blue 保温杯 x", 9)] == [
        *(("blue", 0), ("保", 5), ("温", 6), ("杯", 7), ("x", 9))
    ]
    assert len(tokens_of("a " * 50, 7)) == 7


def test_labels_mark_values_and_are_read_back() -> None:
    tokens = tokens_of("dark red 保温杯 by dark", 9)
    values = [("colour", Span(0, 8, "dark red")), ("colour", Span(5, 8, "red")), ("type", Span(9, 12, "保温杯"))]
    labels = label_tokens(tokens, values, {"colour": 0, "type": 1}).tolist()
    assert labels == [1, 2, 3, 4, 4, 0, 0]
    assert marked_values(labels) == [(0, range(2)), (1, range(2, 5))]
    # Two values side by side, and one that goes on without a beginning.
    assert marked_values([1, 1, 0, 4]) == [(0, range(1)), (0, range(1, 2)), (1, range(3, 4))]
