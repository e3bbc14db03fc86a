import json
from pathlib import Path

import pytest

from index.progress import silent
from index.store import Store
from tagger.ingest import ingest
from tagger.jobs.export import export_products
from tagger.vocabulary.stored import vocabulary_of

CORPUS = Path(__file__).parents[2] / "index/files/dialects/corpus"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.writer(tmp_path / "store", create=True) as made:
        ingest(made, [CORPUS / "magento.csv"], silent)
        return made


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_an_export_is_read_back_with_facets_and_second_languages(store: Store, tmp_path: Path, name: str) -> None:
    export_products(store, tmp_path / name)
    with Store.writer(tmp_path / "again", create=True) as again:
        ingest(again, [tmp_path / name], silent)
    there, here = ({each.id: each for each in one.catalogue.products()} for one in (store, again))
    assert there.keys() == here.keys()
    for id, product in there.items():
        assert set(here[id].tags) == set(product.tags)
        assert (here[id].title, here[id].translations) == (product.title, product.translations)
    assert vocabulary_of(again.catalogue).facet("waterproof: Yes") == "waterproof"


def test_names_and_values_of_attributes_stand_apart(store: Store, tmp_path: Path) -> None:
    export_products(store, tmp_path / "out.jsonl")
    first = json.loads((tmp_path / "out.jsonl").read_text("utf-8").splitlines()[0])
    assert first["tags"] == ["Outdoor", "Sleeping"]
    assert first["attributes"] == [{"name": "color", "value": "Blue"}, {"name": "material", "value": "Foam"}]


def test_a_store_without_attributes_has_the_usual_columns(tmp_path: Path) -> None:
    with Store.writer(tmp_path / "store", create=True) as made:
        ingest(made, [CORPUS / "plain.csv"], silent)
    export_products(made, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text("utf-8").splitlines()[0] == "id,title,description,lang,tags"
