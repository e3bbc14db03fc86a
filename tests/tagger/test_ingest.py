"""Attributes and second languages of a file on their way into the catalogue."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from index.product import Product, Translation
from index.progress import silent
from index.store import Store
from tagger.ingest import ingest, profile_files, readable_files
from tagger.jobs.upload import inspect_upload, mapping, read_as
from tagger.vocabulary import Entry, Vocabulary
from tagger.vocabulary.stored import vocabulary_of

CORPUS = Path(__file__).parents[1] / "index/files/dialects/corpus"
# One file of each of the dialects that most shops have.
MAIN = (
    "shopify.csv", "woocommerce.csv", "magento.csv", "google_merchant.tsv", "akeneo.csv", "prestashop.csv",
    "amazon.txt", "open_food_facts.tsv", "taobao.csv", "jd.csv", "plain_list.json", "shop.sqlite",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.writer(tmp_path / "store", create=True) as made:
        return made


def expected(name: str) -> list[dict[str, Any]]:
    said = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))
    return list(said["products"])


@pytest.mark.parametrize("name", MAIN)
def test_a_main_dialect_is_ingested_without_options_and_a_second_time_changes_nothing(store: Store, name: str) -> None:
    first = ingest(store, [CORPUS / name], silent)
    said = expected(name)
    assert first.accepted == len(said)
    stored = {each.id: each for each in store.catalogue.products()}
    for each in said:
        product = stored[each["id"]]
        assert (product.title, product.lang) == (each["title"], each["lang"])
        assert set(product.tags) == set(each.get("tags", ()))
        assert len(product.translations) == len(each.get("translations", ()))
    labels = store.catalogue.labels()
    assert ingest(store, [CORPUS / name], silent).accepted == len(said)
    assert {each.id: each for each in store.catalogue.products()} == stored
    assert store.catalogue.labels() == labels


def test_attributes_have_a_facet_and_a_value(store: Store) -> None:
    ingest(store, [CORPUS / "woocommerce.csv"], silent)
    vocabulary = vocabulary_of(store.catalogue)
    assert vocabulary.facet("Colour: Blue") == "Colour"
    assert vocabulary.labels("Colour: Blue") == {"en": "Blue"}
    assert vocabulary.facet("Clothing") == ""
    assert vocabulary.labels("Clothing") == {}
    # The value alone is no name of the tag: another attribute may have the same.
    assert vocabulary.canonical("Blue") == "Blue"


def test_an_attribute_is_the_tag_of_the_vocabulary_with_that_facet_and_name(store: Store, tmp_path: Path) -> None:
    known = Vocabulary([Entry("red", "colour", {"en": ("red", "crimson"), "zh": ("红",)}), Entry("L", "size")])
    file = tmp_path / "a.csv"
    file.write_text("id,title,tags\n1,Cap,Colour: Crimson|Colour: Blue|cloth: red\n2,Hat,colour: 红\n")
    ingest(store, [file], silent, vocabulary=known)
    assert [each.tags for each in store.catalogue.products()] == [("red", "colour: Blue", "cloth: red"), ("red",)]
    assert vocabulary_of(store.catalogue).facet("colour: Blue") == "colour"


def test_a_new_vocabulary_keeps_the_facets_of_attributes(store: Store) -> None:
    ingest(store, [CORPUS / "woocommerce.csv"], silent, vocabulary=Vocabulary([Entry("warm", "feature")]))
    ingest(store, [CORPUS / "plain.csv"], silent, vocabulary=Vocabulary([Entry("hooded", "shape")]))
    vocabulary = vocabulary_of(store.catalogue)
    assert [vocabulary.facet(tag) for tag in ("warm", "hooded", "Size: M")] == ["", "shape", "Size"]


def test_texts_in_a_second_language_are_read_and_searched_and_replaced(store: Store, tmp_path: Path) -> None:
    ingest(store, [CORPUS / "plain_languages.csv"], silent)
    product = store.catalogue.product("1")
    assert product.translations == (Translation("zh", "茶巾", "纯亚麻"),)
    assert product.text == "Tea towel\nPure linen\n茶巾\n纯亚麻"
    before = store.catalogue.fingerprint()
    file = tmp_path / "a.csv"
    file.write_text("sku,title_en,title_zh,tags_en\n1,Tea towel,抹布,kitchen\n", "utf-8")
    ingest(store, [file], silent)
    assert store.catalogue.product("1").translations == (Translation("zh", "抹布"),)
    assert store.catalogue.fingerprint() != before
    assert store.catalogue.delete(["1"]) == 1
    assert [each.translations for each in store.catalogue.products()] == [(), ()]


def test_a_duckdb_file_is_read_like_any_other(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE goods (sku VARCHAR, name VARCHAR, tags VARCHAR)")
        connection.execute("INSERT INTO goods VALUES ('a', 'Egg cup', 'egg, table'), ('b', 'Egg spoon', 'egg, horn')")
    with readable_files([path, CORPUS / "plain.csv"]) as paths:
        fields = profile_files(paths)[0].as_dict()["fields"]
        assert fields == {"id": "sku", "title": "name", "tags": "tags"}
        assert ingest(store, paths, silent).accepted == 5
    assert store.catalogue.product("a").tags == ("egg", "table")


@pytest.mark.parametrize("name", MAIN)
def test_the_preview_shows_what_an_ingest_reads(name: str) -> None:
    preview = inspect_upload(CORPUS / name, most_bytes=1 << 20)
    shown = read_as(preview, mapping(preview.fields, preview.columns)).rows[:50]
    said = expected(name)
    products = [each for each in shown if isinstance(each, Product)]
    assert [each.id for each in products] == [each["id"] for each in said]
    assert [set(each.tags) for each in products] == [set(each.get("tags", ())) for each in said]
