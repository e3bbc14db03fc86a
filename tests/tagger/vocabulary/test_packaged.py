import json
from pathlib import Path

import pytest

from tagger.vocabulary import Vocabulary, from_rows, read_vocabulary
from tagger.vocabulary.formats.packaged import FOLDER, NAMES, read_packaged
from tagger.vocabulary.paths import path_of, plain_names
from tools import taxonomies


@pytest.fixture(scope="module")
def shopify() -> Vocabulary:
    """The packaged Shopify taxonomy."""
    return read_vocabulary(Path("shopify"))


def test_shopifys_categories_have_paths_in_both_languages(shopify: Vocabulary) -> None:
    categories = [entry for entry in shopify if entry.facet == "category"]
    assert len(categories) == 10_595
    assert sum(not entry.parents for entry in categories) == 26
    assert all({*path_of(shopify, entry.tag)} == {"en", "zh"} for entry in categories)
    assert path_of(shopify, "Bird Cage Accessories") == {
        "en": ["Animals & Pet Supplies", "Pet Supplies", "Bird Supplies", "Bird Cage Accessories"],
        "zh": ["动物/宠物用品", "宠物用品", "鸟类用品", "鸟笼配件"],
    }


def test_ids_name_the_categories() -> None:
    packaged = read_packaged("shopify")
    assert packaged.by_id["hg-9-1-1"] == "Air Conditioners"
    assert path_of(packaged.vocabulary, packaged.by_id["sg-4-14-1"])["en"][0] == "Sporting Goods"
    assert len(set(packaged.by_id.values())) == 10_595


def test_values_have_their_attribute_as_facet_and_their_own_name(shopify: Vocabulary) -> None:
    fabrics = {plain_names(shopify, entry.tag)["en"] for entry in shopify if entry.facet == "Fabric"}
    assert {"Cotton", "Linen", "Silk"} <= fabrics
    assert all(path_of(shopify, entry.tag) == {} for entry in shopify if entry.facet == "Fabric")
    assert len(shopify) == 10_595 + 20_635
    assert shopify.facets["Fabric"].labels["zh"] == "织物"


def test_categories_name_the_attributes_of_their_products(shopify: Vocabulary) -> None:
    values = {entry.facet for entry in shopify}
    trousers = shopify.entry("Activewear Pants").attributes
    assert {"Color", "Fabric", "Waist rise"} <= set(trousers)
    # An attribute that borrows another's values stands as that one.
    assert all(facet in values for entry in shopify for facet in entry.attributes)


def test_placeholders_and_confused_colours_are_not_passed_on(shopify: Vocabulary) -> None:
    assert "zh" not in shopify.facets["Pattern"].descriptions
    assert shopify.facets["Pattern"].descriptions["en"].startswith("Describes the design or motif")
    colours = {plain_names(shopify, entry.tag)["zh"] for entry in shopify if entry.facet == "Color"}
    assert {"蓝色", "红色", "橙色"} <= colours
    assert not {"蓝酒", "红酒", "橙酒"} & colours


def test_google_has_the_categories_of_the_mapping() -> None:
    google = read_vocabulary(Path("google"))
    assert path_of(google, "Bird Cage Accessories")["en"][0] == "Animals & Pet Supplies"
    assert all(path_of(google, entry.tag)["en"] for entry in google)
    assert sum("zh" in entry.labels for entry in google) > 0.8 * len(google)


@pytest.mark.parametrize("name", NAMES)
def test_a_packaged_vocabulary_survives_the_catalogue(name: str) -> None:
    vocabulary = read_packaged(name).vocabulary
    back = from_rows(vocabulary.rows(), vocabulary.parent_rows(), vocabulary.detail_rows())
    assert list(back) == list(vocabulary)
    assert back.facets == vocabulary.facets


def test_the_notice_goes_with_the_files() -> None:
    assert "Copyright (c) Shopify" in (FOLDER / "LICENSE").read_text("utf-8")


@pytest.mark.shared
@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_made_from_the_shared_tables(name: str) -> None:
    if not taxonomies.SHARED.is_dir():
        pytest.skip(f"needs {taxonomies.SHARED}")
    made = {"shopify": taxonomies.shopify, "google": taxonomies.google}[name](taxonomies.SHARED)
    assert json.loads(json.dumps(made)) == taxonomies.read(name)
