"""After `forget`, no file of the store contains a product's text."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.soak.shop import SETTINGS, product
from index.catalogue.decision import DecisionDraft
from index.errors import BadInput
from index.product import Product
from index.progress import silent
from index.store import FITTED, Store
from tagger.fit import fit
from tagger.ingest import ingest
from tagger.load import open_pipeline
from tagger.maintenance.forgetting import Forgotten, forget
from tagger.settings import Settings, read

MARKS = ("zanzibarine", "quokkaesque", "雪豹花纹")


@pytest.fixture
def secret() -> Product:
    return Product("secret", f"{MARKS[0]} mug", f"a {MARKS[1]} thing {MARKS[2]}", "en", ("mug", "red"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "settings.toml"
    path.write_text(SETTINGS, "utf-8")
    return read(path)


@pytest.fixture
def folder(
    third_party: None, secret: Product, settings: Settings, json_lines: Callable[..., Path], tmp_path: Path
) -> Path:
    folder = tmp_path / "shop"
    with Store.writer(folder, create=True) as store:
        store.catalogue.upsert([*map(product, range(40)), secret])
        ingest(store, [json_lines({"title": f"{MARKS[0]} lamp", "tags": ["lamp"]}, {"title": "red mug"})], silent)
        store.decisions.decide([DecisionDraft("add", secret, "gift")])
        fit(store, settings, silent)
    (folder / "batches" / "token").mkdir(parents=True)
    (folder / "batches" / "token" / "file.csv").write_text(f"title\n{MARKS[0]}\n", "utf-8")
    return folder


def files_with(folder: Path, mark: str) -> set[str]:
    """Return the files that contain a text as UTF-8 or as JSON escapes, also inside gzip."""
    found = set()
    for path in (each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content += gzip.decompress(content)
        if any(form in content for form in (mark.encode(), json.dumps(mark)[1:-1].encode())):
            found.add(str(path.relative_to(folder)).split("/")[0])
    return found


def test_a_forgotten_text_is_found_in_no_file(folder: Path, settings: Settings) -> None:
    assert {"catalogue.duckdb", "models", "batches"} <= set.union(*(files_with(folder, mark) for mark in MARKS))
    with Store.writer(folder) as store:
        store.catalogue.delete([each.id for each in store.catalogue.products() if each.title.endswith("lamp")])
    assert forget(folder, ["secret"], settings, silent) == Forgotten(1, 1, fitted=True)
    assert [files_with(folder, mark) for mark in MARKS] == [set(), set(), set()]
    store = Store.open(folder)
    assert store.decisions.all() == []
    assert store.catalogue.get(["secret"]) == []
    assert store.catalogue.count() >= 40
    assert open_pipeline(store).tag([product(3)], 3)[0][0].accepted


def test_deleting_alone_leaves_the_text_in_the_file(folder: Path) -> None:
    with Store.writer(folder) as store:
        store.catalogue.delete(["secret"])
    assert "catalogue.duckdb" in set.union(*(files_with(folder, mark) for mark in MARKS)), "or else no need to rewrite"


def test_an_unknown_id_is_refused_and_nothing_is_deleted(folder: Path, settings: Settings) -> None:
    with pytest.raises(BadInput, match="no product and no decision has the id 'nothing'"):
        forget(folder, ["secret", "nothing"], settings, silent)
    assert Store.open(folder).catalogue.product("secret")


def test_models_without_anything_left_to_learn_from_are_withdrawn(
    third_party: None, secret: Product, settings: Settings, tmp_path: Path
) -> None:
    with Store.writer(tmp_path / "shop", create=True) as store:
        store.catalogue.upsert([secret, product(1)])
        fit(store, settings, silent)
    assert forget(tmp_path / "shop", ["secret", "p1"], settings, silent) == Forgotten(2, 0, fitted=False)
    assert FITTED not in Store.open(tmp_path / "shop").manifest().publications
    assert [files_with(tmp_path / "shop", mark) for mark in MARKS] == [set(), set(), set()]
