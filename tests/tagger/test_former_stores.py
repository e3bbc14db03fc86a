"""Stores created by earlier versions can be opened, give the same suggestions, and can be changed.

`stores/` has one small store per released format, with the suggestions of the version that created it.
"""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from index.product import Product, make_product
from index.progress import silent
from index.store import Store
from tagger.fit import fit
from tagger.ingest import ingest
from tagger.load import describe, open_pipeline
from tagger.settings import read

STORES = Path(__file__).parent / "stores"
DATES = sorted(path.name.removesuffix(".tar.xz") for path in STORES.glob("*.tar.xz"))


@pytest.fixture(params=DATES)
def date(request: pytest.FixtureRequest) -> str:
    """The date on which a store was created."""
    return str(request.param)


@pytest.fixture
def former(date: str, tmp_path: Path) -> Store:
    """The store of that date, unpacked."""
    with tarfile.open(STORES / f"{date}.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    return Store.open(tmp_path / "store")


@pytest.fixture
def expected(date: str) -> dict[str, Any]:
    """The answers that the version of that date gave."""
    said: dict[str, Any] = json.loads((STORES / f"{date}.json").read_text("utf-8"))
    return said


def test_a_former_store_suggests_what_it_suggested(former: Store, expected: dict[str, Any]) -> None:
    pipeline = open_pipeline(former)
    assert pipeline.threshold == pytest.approx(expected["threshold"], abs=1e-9)
    texts = [Product(each["id"], each["title"], each["description"], each["lang"]) for each in expected["suggested"]]
    for found, said in zip(pipeline.tag(texts, 12), expected["suggested"], strict=True):
        assert [(each.tag, each.accepted) for each in found] == [(tag, accepted) for tag, _, accepted in said["tags"]]
        probabilities = [probability for _, probability, _ in said["tags"]]
        assert [each.probability for each in found] == pytest.approx(probabilities, abs=1e-9)


def test_a_former_store_keeps_what_people_decided(former: Store, expected: dict[str, Any]) -> None:
    assert len(former.decisions.all()) == expected["decisions"]
    about = describe(former)
    assert (about["products"], about["tags"]) == (expected["products"], expected["tags"])


@pytest.mark.slow
def test_a_former_store_goes_on_after_an_ingest_and_a_fit(former: Store, expected: dict[str, Any]) -> None:
    new = former.folder.parent / "new.jsonl"
    new.write_text('{"id": "new", "title": "Foldable camping kettle", "tags": ["camping kettle"]}\n', "utf-8")
    with Store.writer(former.folder) as store:
        ingest(store, [new], silent)
        fit(store, read(), silent)
    assert store.catalogue.count() == expected["products"] + 1
    assert len(store.decisions.all()) == expected["decisions"]
    [tags] = open_pipeline(store).tag([make_product("Foldable camping kettle")], 20)
    assert "camping kettle" in {each.tag for each in tags}
