"""Errors are reported before any long work starts, and an optional tagger that fails is left out of a fit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.errors import PluginFailed, TagweaveError
from index.product import Product
from index.store import Store
from tagger.fit import fit
from tagger.load import open_pipeline
from tagger.settings import read

Fit = Callable[..., Any]
KINDS = {"mug": "ceramic", "lamp": "bright", "fridge": "cooling"}
FEW = [Product(f"{kind} {n}", f"{word} {kind} {n}", tags=(kind,)) for kind, word in KINDS.items() for n in range(4)]
MANY = [Product(f"{kind} {n}", f"{word} {kind} {n}", tags=(kind,)) for kind, word in KINDS.items() for n in range(16)]
FUSION = {"ranker": {"rounds": 10, "least_in_leaf": 5, "leaves": 4}}
OFF = {name: {"enabled": False} for name in ("lexical", "linear", "pairs", "names", "phrases", "generator")}


def broken(how: str, *, required: bool) -> dict[str, Any]:
    return OFF | {"acme": {"plugin": "acme-broken", "required": required, "options": {"how": how}}}


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        ({"taggers": {"knnn": {}}}, "no tagger 'knnn'; available: "),
        (
            {"taggers": {"knn": {"options": {"neighbors": 5}}}},
            "the tagger 'knn' has no setting 'neighbors'; available: ",
        ),
        ({"taggers": {"knn": {"options": {"neighbours": 0}}}}, "neighbours must be at least 1, not 0"),
        ({"index": {"plugin": "hnsw"}}, "no index 'hnsw'; available: "),
        ({"index": {"options": {"metric": 1}}}, "the index 'faiss' has no setting 'metric'; available: gpu"),
        (
            {"taggers": broken("create", required=True)},
            "the tagger 'acme' (acme-tags 1.0) failed in its factory: OSError: no",
        ),
    ],
)
def test_a_mistake_in_the_settings_is_told_of_before_anything_is_encoded(
    third_party: None, tmp_path: Path, overrides: dict[str, Any], line: str
) -> None:
    stages: list[str] = []
    settings = read(overrides={"encoder": {"plugin": "acme-pairs"}, **overrides})
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert(FEW)
        with pytest.raises(TagweaveError) as failed:
            fit(store, settings, lambda stage, done, total: stages.append(stage))
    assert str(failed.value).startswith(line)
    assert stages == []
    assert not list(store.vectors.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("how", "products", "line"),
    [
        ("create", FEW, "the tagger 'acme' (acme-tags 1.0) failed in its factory: OSError: no licence"),
        ("fit", FEW, "the tagger 'acme' (acme-tags 1.0) failed in fit: ZeroDivisionError: division by zero"),
        ("save", FEW, "the tagger 'acme' (acme-tags 1.0) failed in save: ZeroDivisionError: division by zero"),
        ("raises", MANY, "the tagger 'acme' (acme-tags 1.0) failed in suggest: ValueError: boom"),
    ],
)
def test_an_optional_tagger_that_fails_is_left_out_of_the_fit_and_a_required_one_ends_it(
    fitted: Fit, how: str, products: list[Product], line: str
) -> None:
    store, report = fitted(products, taggers=broken(how, required=False), fusion=FUSION)
    assert report.taggers == ["prior", "knn"]
    assert report.without == {"acme": line}
    assert not (store.published("fitted")[0] / "acme").exists()
    pipeline = open_pipeline(store)
    assert set(pipeline.taggers) == {"prior", "knn"}
    assert pipeline.suggest([Product("p", "ceramic mug")], 1)[0][0].tag == "mug"
    with pytest.raises(PluginFailed) as failed:
        fitted(products, taggers=broken(how, required=True), fusion=FUSION)
    assert str(failed.value) == line


def test_a_misspelt_option_of_an_optional_tagger_is_refused_all_the_same(fitted: Fit) -> None:
    wrong = OFF | {"acme": {"plugin": "acme-broken", "required": False, "options": {"hwo": "fit"}}}
    with pytest.raises(TagweaveError, match="the tagger 'acme-broken' has no setting 'hwo'; available: how, wait_s"):
        fitted(FEW, taggers=wrong)


def test_without_any_tagger_that_can_be_fitted_there_is_no_fit(fitted: Fit) -> None:
    alone = broken("fit", required=False) | {"prior": {"enabled": False}, "knn": {"enabled": False}}
    with pytest.raises(PluginFailed, match="failed in fit: ZeroDivisionError: division by zero"):
        fitted(FEW, taggers=alone)
