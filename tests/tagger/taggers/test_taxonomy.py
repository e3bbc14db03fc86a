from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from index.encoders.weights import PRODUCTS, WeightsSettings, find
from index.product import Product
from index.vectors.base import Matrix
from index.vectors.flat_index import FlatIndex
from tagger.plugins import Resources
from tagger.taggers.taxonomy import TaxonomyTagger, create
from tagger.taggers.tree.coverage import NameCoverage, coverage_of, name_tokens, text_tokens
from tagger.taggers.tree.node_vectors import key_of, shipped_vectors
from tagger.testing import check_tagger
from tagger.types import Span
from tagger.vocabulary import Entry, Facet, Vocabulary


class Words:
    """Encodes a text as the words that it has, in a space with one axis for each of these."""

    name = "words"
    axes = ("home", "kitchen", "mug", "kettle", "garden", "spade", "家居", "厨房", "马克杯", "水壶", "花园", "铁锹")
    dim = len(axes) + 1

    def encode(self, texts: Sequence[str]) -> Matrix:
        rows = [[*(float(axis in text.lower()) for axis in self.axes), 0.1] for text in texts]
        vectors = np.array(rows, np.float32).reshape(-1, self.dim)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def category(en: str, zh: str, *above: str, attributes: Sequence[str] = ()) -> Entry:
    return Entry(en, "category", {"en": (en,), "zh": (zh,)}, above, attributes=tuple(attributes))


SHOP = Vocabulary(
    [
        category("Home", "家居"),
        category("Kitchen", "厨房", "Home"),
        category("Mugs", "马克杯", "Kitchen", attributes=["Material"]),
        category("Kettles", "水壶", "Kitchen", attributes=["Material"]),
        category("Garden", "花园"),
        category("Spades", "铁锹", "Garden"),
        Entry("Steel", "Material", {"en": ("Steel",), "zh": ("钢",)}),
        Entry("Stainless steel", "Material", {"en": ("Stainless steel",), "zh": ("不锈钢",)}),
        Entry("Other", "Material", {"en": ("Other",), "zh": ("其他",)}),
        Entry("Large", "Size", {"en": ("Large",), "zh": ("大号",)}),
    ],
    facets=[Facet("Material", {"en": "Material", "zh": "材质"})],
)


def fitted(vocabulary: Vocabulary = SHOP) -> TaxonomyTagger:
    tagger = TaxonomyTagger(Words(), vocabulary)
    tagger.fit([])
    return tagger


@pytest.mark.parametrize(
    ("text", "category"),
    [("A large mug", "Mugs"), ("大号马克杯", "Mugs"), ("two spades for the garden", "Spades"), ("电水壶", "Kettles")],
)
def test_a_text_in_either_language_gets_its_category_first(text: str, category: str) -> None:
    [ranking] = fitted().suggest([Product("p", text)], 5)
    assert ranking[0].tag == category
    assert ranking[0].score > 0.9


def test_a_text_that_names_only_a_branch_gets_the_branch() -> None:
    [ranking] = fitted().suggest([Product("p", "for your kitchen at home")], 5)
    assert ranking[0].tag == "Kitchen"


def test_values_of_the_categorys_attributes_are_found_outside_longer_ones() -> None:
    [ranking] = fitted().suggest([Product("p", "Large stainless-steel mug, and other mugs")], 9)
    scores = dict(ranking)
    # The size is no attribute of mugs, and steel occurs only inside stainless steel.
    assert scores.keys() == {"Mugs", "Stainless steel"}
    assert scores["Stainless steel"] == pytest.approx(0.95 * scores["Mugs"])


def test_the_evidence_is_where_the_names_occur() -> None:
    [evidence] = fitted().explain([Product("p", "Stainless-steel mug")], [["Mugs", "Stainless steel", "Garden"]])
    assert evidence["Mugs"].spans == (Span(16, 19, "mug"),)
    assert evidence["Stainless steel"].spans == (Span(0, 15, "Stainless-steel"),)
    assert "Garden" not in evidence


def test_a_vocabulary_without_a_taxonomy_gets_nothing() -> None:
    assert fitted(Vocabulary([Entry("mug"), Entry("red")])).suggest([Product("p", "red mug")], 5) == [[]]


def test_it_passes_the_checks_of_a_plugin(tmp_path: Path) -> None:
    resources = Resources(Words(), FlatIndex, SHOP, WeightsSettings())
    products = [Product("1", "steel mug", tags=("Mugs",)), Product("2", "花园铁锹", tags=("Spades",))]
    check_tagger(partial(create, resources), products, tmp_path)


def test_a_names_coverage_counts_rare_words_more() -> None:
    names = NameCoverage([name_tokens(name) for name in ("mugs", "mug accessories", "pan accessories")])
    mug, mugs, pans = names.of(text_tokens(Product("p", "a mug"), 1.0))
    # df: mug 2, accessory 2, pan 1 of 3 names.
    common, rare = np.log(4 / 3) + 1, np.log(4 / 2) + 1
    assert (mug, mugs, pans) == pytest.approx((1.0, common / (2 * common), 0.0))
    assert names.of({"pan": 1.0})[2] == pytest.approx(rare / (rare + common))


def test_the_thing_that_a_title_ends_with_weighs_more() -> None:
    tokens = text_tokens(Product("p", "Wooden mug for green tea", "with a lid"), 1.2)
    assert tokens == {"wooden": 1, "mug": 1.2, "for": 1, "green": 1, "tea": 1, "with": 1, "a": 1, "lid": 1}


def test_the_better_language_of_a_name_counts() -> None:
    names = [NameCoverage([name_tokens("steel kettle")]), NameCoverage([name_tokens("水壶")])]
    found = coverage_of([Product("1", "a kettle"), Product("2", "大水壶")], names, 1.0)
    assert found[:, 0] == pytest.approx([0.5, 1.0])


def test_the_vectors_that_ship_are_those_of_one_encoder(weights_cache: Path) -> None:
    path = ("Home & Garden", "家居与园艺")
    assert shipped_vectors([path], "words") == {}
    name = f"{PRODUCTS}@{find(PRODUCTS, WeightsSettings(weights_cache)).fingerprint()}/256"
    found = shipped_vectors([("no such", "path"), path], name)
    assert list(found) == [1]
    assert np.linalg.norm(found[1]) == pytest.approx(1, abs=0.1)
    assert len(key_of(path)) == 16


def test_words_of_the_title_are_offered_as_new_tags() -> None:
    [ranking] = fitted().suggest([Product("p", "Acme steel mugs 350 for you", "sturdy")], 9)
    assert [each.tag for each in ranking] == ["Mugs", "Steel", "acme"]
    assert ranking[-1].score == 0.05
    [ranking] = fitted().suggest([Product("p", "景德镇马克杯")], 9)
    assert [each.tag for each in ranking] == ["Mugs", "景德镇"]


def test_a_text_without_words_gets_nothing() -> None:
    [nothing, mug, digits] = fitted().suggest([Product("1", "???"), Product("2", "mug"), Product("3", "12 34")], 5)
    assert (nothing, digits) == ([], [])
    assert mug[0].tag == "Mugs"
