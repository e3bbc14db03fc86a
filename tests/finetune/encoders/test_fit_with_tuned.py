"""Fit a store with the tagger `tuned`, with sizes that give one or two batches per epoch."""

from pathlib import Path

import pytest

from index.product import Product
from index.progress import silent
from index.store import Store
from tagger.fit import fit
from tagger.load import open_pipeline
from tagger.settings import read

KINDS = {"mug": "ceramic", "lamp": "bright", "fridge": "cooling", "chair": "wooden"}
OFF = {name: {"enabled": False} for name in ("lexical", "knn", "linear", "pairs", "phrases", "generator")}


def shop(count: int) -> list[Product]:
    kinds = list(KINDS.items())
    return [Product(f"{n:03}", f"{kinds[n % 4][1]} item no{n}", tags=(kinds[n % 4][0],)) for n in range(count)]


@pytest.mark.parametrize("count", [40, 120, 300, 400, 500])
def test_a_store_is_fitted_with_it_whatever_the_number_of_products(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "tagger" / "third_party")
    overrides = {
        "encoder": {"plugin": "acme-pairs"},
        "index": {"plugin": "flat"},
        "taggers": OFF | {"tuned": {"enabled": True, "options": {"width": 16}}},
        "fusion": {"folds": 2, "ranker": {"rounds": 10, "least_in_leaf": 5, "leaves": 4}},
    }
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert(shop(count))
        report = fit(store, read(overrides=overrides), silent)
    assert (report.products, report.taggers, report.fuser) == (count, ["prior", "tuned"], "learned")
    said = open_pipeline(store).rankings([Product("new", "a cooling item")])["tuned"]
    assert said[0][0].tag == "fridge"
