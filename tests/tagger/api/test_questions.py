"""Explaining, evaluating and searching."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from index.errors import BadInput
from tagger import (
    Decisions,
    EvaluationResult,
    Explanation,
    Product,
    SearchResult,
    Suggestions,
    Tagger,
    TagResult,
)
from tagger.api.result import Result
from tagger.api.results import DecisionResult
from tagger.types import Evidence, Neighbour, Span

Records = Callable[[int], list[dict[str, Any]]]


def test_an_explanation_names_what_speaks_for_a_tag(fitted_shop: Tagger) -> None:
    explanation = fitted_shop.explain("mug no 1000", limit=2)
    best = explanation[0]
    assert best.tag == "mug"
    assert [span.text for span in best.evidence.spans] == ["mug"]
    assert all(near.title.startswith("mug no") for near in best.evidence.neighbours[:3])
    assert {share.source for share in best.evidence.shares} >= {"knn", "linear", "lexical"}
    assert (explanation.labelled, explanation.without) == (60, {})
    assert explanation.threshold == fitted_shop.info().threshold
    plain = json.loads(json.dumps(explanation.as_dict()))
    assert plain["tags"][0]["evidence"]["spans"] == [{"start": 0, "end": 3, "text": "mug"}]


def test_held_out_products_are_measured(
    fitted_shop: Tagger, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    held_out = [each | {"id": f"new {each['id']}", "title": f"{each['title']} x"} for each in records(8)]
    with caplog.at_level(logging.WARNING, "tagger"):
        result = fitted_shop.evaluate([*held_out, {"title": 5}, {"title": "no tags"}])
    assert result.n == 8
    assert next(iter(result.systems)) == "fused"
    assert result.systems["fused"]["micro_f1"] == 1.0
    assert caplog.messages == ["records line 9 is left out: title must be a text, not int"]
    assert json.loads(json.dumps(result.as_dict()))["systems"]["knn"]["precision@1"] == 1.0


def test_a_warning_says_that_products_are_known(
    fitted_shop: Tagger, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "tagger"):
        fitted_shop.evaluate(records(3))
    assert caplog.messages == ["3 of the 3 products are in the store with tags: the figures are too high"]
    with pytest.raises(BadInput, match="none of the products to evaluate has tags"):
        fitted_shop.evaluate([{"title": "mug"}])


def test_words_and_tags_find_products(fitted_shop: Tagger) -> None:
    found = fitted_shop.search("no 2", tags=["fridge"], limit=2)
    assert (found.total, [each.id for each in found]) == (2, ["23", "27"])
    assert found[0] == fitted_shop.product("23")
    assert fitted_shop.search(tags="icebox").total == 15
    assert [each.id for each in fitted_shop.search("mug", limit=2, offset=1)] == ["5", "9"]
    assert found.as_dict()["products"] == [
        {
            "id": id,
            "title": f"冰箱 no {id}",
            "description": "",
            "lang": "zh",
            "tags": ["冰箱"],
            "translations": [],
            "attributes": [],
        }
        for id in ("23", "27")
    ]


def test_meaning_finds_products_with_their_similarity(fitted_shop: Tagger) -> None:
    found = fitted_shop.search("lamp no 6", semantic=True, limit=3)
    assert (found.total, found[0].id) == (60, "6")
    assert found.similarities["6"] == pytest.approx(1.0, abs=1e-3)
    [first, *_] = found.as_dict()["products"]  # type: ignore[misc]
    assert first["similarity"] == found.similarities["6"]  # type: ignore[index]
    with pytest.raises(BadInput, match="the query is empty"):
        fitted_shop.search(semantic=True)


def test_meaning_is_searched_before_the_first_fit_too(unfitted: Tagger, records: Records) -> None:
    unfitted.ingest(records(4))
    assert [each.id for each in unfitted.search("mug", semantic=True, limit=1)] == ["1"]


def test_similar_products_leave_out_the_product_itself(fitted_shop: Tagger) -> None:
    product = fitted_shop.product("6")
    found = fitted_shop.similar(product, limit=4)
    assert len(found) == 4
    assert "6" not in [each.id for each in found]
    assert all(each.title.startswith("lamp") for each in found)
    assert list(found.similarities.values()) == sorted(found.similarities.values(), reverse=True)
    assert fitted_shop.similar(product.title, limit=1)[0].id == "6", "a text is no product"


def test_an_unknown_product_is_named(fitted_shop: Tagger) -> None:
    with pytest.raises(BadInput, match="no product 'none' in "):
        fitted_shop.product("none")


def test_a_notebook_shows_a_table(fitted_shop: Tagger) -> None:
    assert fitted_shop.search("mug", limit=1)._repr_html_() == (
        "<table><thead><tr><th>id</th><th>title</th><th>tags</th><th>similarity</th></tr></thead>"
        "<tbody><tr><td>1</td><td>mug no 1</td><td>mug</td><td></td></tr></tbody></table>"
    )
    [best] = fitted_shop.explain("mug no 1000", limit=1)
    near = ", ".join(f"{each.title} ({each.similarity:.2f})" for each in best.evidence.neighbours[:3])
    assert f"<td>mug</td><td>{best.probability:.3f}</td><td>✓</td><td>mug</td><td>{near}</td>" in (
        fitted_shop.explain("mug no 1000")._repr_html_()
    )
    assert "<td>冰箱</td><td>kind</td><td>en: fridge, zh: 冰箱</td>" in fitted_shop.vocabulary._repr_html_()
    assert "<td>most_frequent</td><td>kettle: 15, lamp: 15" in fitted_shop.info()._repr_html_()


MARKUP = "<script>alert('&')</script>"
TAG = TagResult(MARKUP, 0.5, accepted=True, new=True, facet=MARKUP, labels={MARKUP: MARKUP})
NEAR = Evidence((Neighbour("1", MARKUP, 1.0, 1.0),), (Span(0, 1, MARKUP),), (), ())


@pytest.mark.parametrize(
    "result",
    [
        Suggestions((TAG,)),
        Explanation((replace(TAG, evidence=NEAR),)),
        SearchResult((Product(MARKUP, MARKUP, tags=(MARKUP,)),), 1),
        EvaluationResult(1, 1.0, {MARKUP: {MARKUP: 1.0}}),
        Decisions((DecisionResult(1, 1, "add", MARKUP, MARKUP, "", MARKUP, MARKUP, datetime.now(UTC)),)),
    ],
    ids=lambda result: type(result).__name__,
)
def test_markup_in_a_table_is_text(result: Result) -> None:
    shown = result._repr_html_()
    assert "<script" not in shown
    assert "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;" in shown


def test_a_file_is_tagged_and_the_store_is_exported(fitted_shop: Tagger, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("name\nmug no 100\nlamp no 101\n", "utf-8")
    stages: list[tuple[str, int, int]] = []
    done = fitted_shop.tag_file(
        tmp_path / "in.csv",
        tmp_path / "out.jsonl",
        columns={"title": "name"},
        progress=lambda stage, at, total: stages.append((stage, at, total)),
    )
    assert (done.read, done.tagged, done.rejected) == (2, 2, 0)
    assert stages == [("tag", 0, 2), ("tag", 2, 2)]
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [(each["title"], each["tags"]) for each in lines] == [("mug no 100", ["mug"]), ("lamp no 101", ["lamp"])]
    exported = fitted_shop.export(tmp_path / "all.jsonl")
    assert exported.as_dict() == {"products": 60, "out": str(tmp_path / "all.jsonl")}
    assert len((tmp_path / "all.jsonl").read_text("utf-8").splitlines()) == 60


def test_a_column_that_a_file_lacks_is_named(fitted_shop: Tagger, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("name\nmug\n", "utf-8")
    with pytest.raises(BadInput, match=r"in.csv has no column 'titel'; available: name"):
        fitted_shop.tag_file(tmp_path / "in.csv", tmp_path / "out.csv", columns={"title": "titel"})
    with pytest.raises(BadInput, match="no field 'name' to map"):
        fitted_shop.tag_file(tmp_path / "in.csv", tmp_path / "out.csv", columns={"name": "title"})
