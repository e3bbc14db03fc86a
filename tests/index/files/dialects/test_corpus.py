"""Every file of the corpus is read as the file beside it says, without any option."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from index.errors import BadInput
from index.files.columns import Columns
from index.files.dialects.recognition import DIALECTS
from index.files.product_reader import Reject, read_profiled
from index.files.profile import profile_file
from index.files.readers.options import ReadingOptions
from index.product import Product

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path.name.removesuffix(".json") for path in CORPUS.glob("*.*.json"))
LIBRARIES = {".xlsx": "python_calamine", ".ods": "python_calamine", ".xml": "defusedxml"}


def as_said(product: Product) -> dict[str, Any]:
    """Return a product as the files with the expected ones write it."""
    attributes: dict[str, list[str]] = {}
    for each in product.attributes:
        attributes.setdefault(each.name, []).append(each.value)
    texts = [{"lang": each.lang, "title": each.title, "description": each.description} for each in product.translations]
    said = {"id": product.id, "title": product.title, "description": product.description, "lang": product.lang}
    return {**said, "tags": list(product.tags), "attributes": attributes, "translations": texts}


def in_full(said: Mapping[str, Any]) -> dict[str, Any]:
    texts = [{"description": "", **each} for each in said.get("translations", ())]
    return {"description": "", "tags": [], "attributes": {}, **said, "translations": texts}


def options_of(said: Mapping[str, Any]) -> tuple[Columns, ReadingOptions]:
    given = said.get("options", {})
    columns = Columns(given.get("map", {}), tuple(given.get("attribute", ())))
    return columns, ReadingOptions(**{name: given[name] for name in given if name not in ("map", "attribute")})


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_corpus_is_read_as_expected(name: str) -> None:
    if library := LIBRARIES.get(Path(name).suffix):
        pytest.importorskip(library)
    said = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))
    columns, options = options_of(said)
    if "refused" in said:
        with pytest.raises(BadInput) as caught:
            list(read_profiled([profile_file(CORPUS / name, columns, options)]))
        assert caught.value.code == said["refused"]
        return
    profile = profile_file(CORPUS / name, columns, options)
    read = [each.outcome for each in read_profiled([profile])]
    products = [as_said(each) for each in read if isinstance(each, Product)]
    rejects = [[each.line, each.reason.code] for each in read if isinstance(each, Reject)]
    assert profile.survey.dialect.name == said["format"]
    assert products == [in_full(each) for each in said["products"]]
    assert rejects == said.get("rejects", [])


def test_every_file_of_the_corpus_has_its_products_beside_it() -> None:
    files = [path.name for path in CORPUS.iterdir()]
    of_results = [f"{name}.json" for name in FILES]
    assert sorted(files) == sorted([*FILES, *of_results])


def test_the_corpus_has_every_dialect_and_kind_of_file() -> None:
    said = [json.loads((CORPUS / f"{name}.json").read_text("utf-8")) for name in FILES]
    assert len(FILES) >= 60
    assert {each.get("format", "plain") for each in said} == {dialect.name for dialect in DIALECTS}
    kinds = {".csv", ".tsv", ".txt", ".json", ".jsonl", ".xml", ".xlsx", ".ods", ".parquet", ".feather", ".sqlite"}
    assert {Path(name).suffix for name in FILES} >= kinds
