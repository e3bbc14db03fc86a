"""Neighbour voting with a tuned encoder."""

from pathlib import Path

import pytest

from finetune.encoders.tuned_tagger import TunedTagger, create
from index.encoders.sentence_encoder import create as create_encoder
from index.encoders.weights import WeightsSettings
from index.errors import BadSetting
from index.product import Product
from index.vectors.flat_index import FlatIndex
from tagger.plugins import TAGGERS, Explains, Resources, Trainable
from tagger.testing import check_tagger
from tagger.vocabulary import Vocabulary


@pytest.fixture
def resources(weights: WeightsSettings) -> Resources:
    """The resources that a store gives its taggers."""
    return Resources(create_encoder(weights), FlatIndex, Vocabulary(), weights)


def test_it_is_a_tagger_as_every_other(resources: Resources, products: list[Product], tmp_path: Path) -> None:
    check_tagger(lambda: create(resources, width=32, epochs=2), products, tmp_path)


def test_it_learns_which_words_go_with_which_tags(resources: Resources) -> None:
    shop = [
        Product(f"{tag} {n}", f"{word} no{n} item", tags=(tag,))
        for tag, word in (("mug", "ceramic"), ("lamp", "bright"), ("fridge", "制冷"))
        for n in range(12)
    ]
    tagger = create(resources, neighbours=5, width=16, epochs=20)
    assert isinstance(tagger, Trainable)
    assert isinstance(tagger, Explains)
    tagger.fit(shop)
    asked = [Product("1", "ceramic item"), Product("2", "制冷 no3")]
    assert [ranking[0].tag for ranking in tagger.suggest(asked, 3)] == ["mug", "fridge"]
    [evidence, _] = tagger.explain(asked, [["mug"], ["fridge"]])
    assert all(neighbour.title.startswith("ceramic") for neighbour in evidence["mug"].neighbours)


def test_a_store_finds_it_by_its_name(resources: Resources) -> None:
    assert isinstance(TAGGERS.create("tuned", [resources], {"epochs": 3, "width": 8}).plugin, TunedTagger)
    with pytest.raises(BadSetting, match="has no setting 'size'; available: neighbours, shown, width, epochs"):
        TAGGERS.create("tuned", [resources], {"size": 3})
