from dataclasses import replace

import numpy as np
import pytest

from index.catalogue.catalogue import Catalogue
from index.catalogue.database import Database
from index.catalogue.decision import DecisionDraft
from index.catalogue.decision_log import DecisionLog
from index.catalogue.query import Facets, Query
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.errors import BadInput, MissingArtifact
from index.product import Product
from index.progress import silent
from tagger.search.browse import Browser
from tagger.search.similarity import SimilarityIndex

PLACES = {"north": 90, "north east": 45, "east": 0, "south": -90, "a little north": 10}


class Compass:
    """Encodes known texts as directions in degrees, and all other texts as east."""

    name, dim = "compass", 2

    def encode(self, texts):
        angles = np.radians([PLACES.get(text, 0) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def encoder(tmp_path):
    return CachedEncoder(Compass(), VectorCache(tmp_path / "vectors"))


@pytest.fixture
def catalogue(tmp_path):
    catalogue = Catalogue(Database(tmp_path / "catalogue.duckdb"))
    catalogue.create()
    langs = {"south": "zh"}
    catalogue.upsert([Product(text, text, "", langs.get(text, "en"), (text[0],)) for text in PLACES])
    return catalogue


@pytest.fixture
def similarity_index(catalogue, encoder):
    encoder.warm(list(PLACES), silent)
    return SimilarityIndex(catalogue, encoder)


def ids(near):
    return [hit.id for hit in near.hits]


def test_products_are_ranked_by_the_cosine_to_the_text(similarity_index):
    near = similarity_index.to_text(Query("north"))
    assert ids(near) == ["north", "north east", "a little north", "east", "south"]
    assert [hit.score for hit in near.hits] == pytest.approx([1, 0.7071, 0.1736, 0, -1], abs=1e-3)
    assert near.total == 5


def test_pages_follow_one_another(similarity_index):
    pages = [ids(similarity_index.to_text(Query("north", limit=2, offset=offset))) for offset in (0, 2, 4, 6)]
    assert pages == [["north", "north east"], ["a little north", "east"], ["south"], []]
    assert ids(similarity_index.to_text(Query("north", limit=0))) == []


def test_only_products_with_the_properties_are_compared(similarity_index):
    assert ids(similarity_index.to_text(Query("north", lang="zh"))) == ["south"]
    assert ids(similarity_index.to_text(Query("south", tags=["n"], tagged=True))) == ["north east", "north"]
    assert ids(similarity_index.to_text(Query("south", described=True))) == []


def test_equals_stand_in_the_order_of_their_ids_also_where_the_page_is_cut(catalogue, encoder):
    catalogue.upsert([Product(str(number), "east") for number in range(6)])
    encoder.warm(list(PLACES), silent)
    similarity_index = SimilarityIndex(catalogue, encoder)
    assert ids(similarity_index.to_text(Query("east", limit=4))) == ["0", "1", "2", "3"]
    assert ids(similarity_index.to_text(Query("east", limit=4, offset=4))) == ["4", "5", "east", "a little north"]


def test_a_product_is_not_similar_to_itself_and_one_without_a_vector_can_be_asked_for(catalogue, encoder):
    encoder.warm(["north", "east"], silent)
    similarity_index = SimilarityIndex(catalogue, encoder)
    north, north_east = catalogue.get(["north", "north east"])
    assert [hit.id for hit in similarity_index.to_product(north, 5)] == ["east"]
    assert [hit.id for hit in similarity_index.to_product(north_east, 5)] == ["east", "north"]


def test_what_is_written_is_found_at_once_and_what_is_deleted_no_longer(similarity_index, catalogue):
    assert ids(similarity_index.to_text(Query("north", limit=1))) == ["north"]
    catalogue.upsert([Product("0", "north")])
    assert ids(similarity_index.to_text(Query("north", limit=1))) == ["0"]
    catalogue.delete(["0", "north"])
    assert ids(similarity_index.to_text(Query("north", limit=1))) == ["north east"]


def test_nothing_is_near_where_no_vectors_are(catalogue, encoder):
    assert SimilarityIndex(catalogue, encoder).to_text(Query("north")).hits == []


def test_a_catalogue_without_models_is_browsed_and_says_why_nothing_is_similar(catalogue):
    def none():
        raise MissingArtifact("no models yet")

    browser = Browser(catalogue, none)
    assert browser.browse(Query("north")).page.total == 3
    shown = browser.show("north")
    assert (shown.product.title, shown.similar, str(shown.without)) == ("north", (), "no models yet")
    with pytest.raises(MissingArtifact):
        browser.browse(Query("north"), by_meaning=True)


def test_the_browser_lists_by_meaning_with_facets_of_all(similarity_index, catalogue):
    browser = Browser(catalogue, lambda: similarity_index)
    listing = browser.browse(Query("north", limit=2), by_meaning=True)
    assert [each.id for each in listing.page.products] == ["north", "north east"]
    assert listing.page.total == 5
    assert listing.facets.langs == {"en": 4, "zh": 1}
    assert listing.similarities["north"] == pytest.approx(1, abs=1e-3)
    with pytest.raises(BadInput, match="this product is no longer in the catalogue"):
        browser.show("west")


def test_by_meaning_alone_nothing_is_counted_and_no_text_is_refused(similarity_index, catalogue):
    browser = Browser(catalogue, lambda: similarity_index)
    query = Query("north", limit=2)
    assert browser.by_meaning(query) == replace(browser.browse(query, by_meaning=True), facets=Facets())
    for nothing in ("", " ", "<br/>"):
        with pytest.raises(BadInput, match="the query is empty: there is nothing to compare products with"):
            browser.by_meaning(Query(nothing))


def test_another_page_has_the_facets_of_the_first_and_after_a_write_they_are_counted_anew(similarity_index, catalogue):
    browser = Browser(catalogue, lambda: similarity_index)
    first = browser.browse(Query(limit=2, tags=["n"]))
    assert browser.browse(Query(limit=2, offset=1, order="oldest", tags=["n"])).facets is first.facets
    catalogue.upsert([Product("new", "north", "", "zh", ("n",))])
    assert browser.browse(Query(limit=2, tags=["n"])).facets.langs == {"en": 2, "zh": 1}


def test_a_crowd_is_counted_without_the_product_itself(similarity_index, catalogue):
    products = catalogue.get(["east", "north", "south"])
    assert similarity_index.crowds(products, 0.7) == [2, 1, 0]
    assert similarity_index.crowds([Product("other", "east")], 0.7) == [3]


def test_a_decision_on_tags_is_no_reason_to_read_the_vectors_again(similarity_index, catalogue, tmp_path):
    similarity_index.crowds([], 0.5)
    known = similarity_index._map().vectors
    DecisionLog(Database(tmp_path / "catalogue.duckdb")).decide([DecisionDraft("add", Product("east", "east"), "red")])
    assert similarity_index._map().vectors is known
    catalogue.upsert([Product("east", "east")])
    assert similarity_index._map().vectors is not known
