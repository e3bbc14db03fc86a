"""Importing vocabularies of every kind, and listing, merging and unmerging likely duplicates."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.catalogue.tag_edit import TagChange
from index.store import Store
from tagger.vocabulary.stored import labels_of

Run = Callable[..., Any]
TURTLE = """\
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:1> a skos:Concept ; skos:prefLabel "refrigerator"@en, "冰箱"@zh .
"""
MUGS = [
    {"id": f"{number}", "title": f"blue {word} {number}", "tags": [word, "kitchen", "kitchenware"]}
    for number, word in enumerate(["mug", "mug", "mugs", "mug", "coffee cup", "mug"])
]


@pytest.mark.parametrize(
    ("name", "content", "tag"),
    [
        ("v.tsv", "tag\tparent\tzh\nhome\t\t\nrefrigerator\thome\t冰箱\n", "refrigerator"),
        ("v.tsv", "1\tHome\t家\n2\tHome > Refrigerators\t家 > 冰箱\n", "Refrigerators"),
        ("v.ttl", TURTLE, "refrigerator"),
    ],
)
def test_a_vocabulary_of_any_kind_names_the_tags_of_products(
    tagweave: Run, tmp_path: Path, write: Run, name: str, content: str, tag: str
) -> None:
    vocabulary = write(name, content)
    products = write("a.jsonl", '{"title": "雙門", "tags": ["電冰箱", "ＲＥＦＲＩＧＥＲＡＴＯＲＳ", "冰 箱"]}')
    ingested = tagweave("ingest", tmp_path / "store", products, "--vocabulary", vocabulary, "--json")
    assert ingested.result["accepted"] == 1
    [product] = tagweave("search", tmp_path / "store", "", "--json").result["products"]
    assert product["tags"] == ["電冰箱", tag]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "v.csv",
            "tag\n",
            "unknown vocabulary type '.csv'; available: .tsv, .txt, .ttl, .nt, .rdf, .xml, each also with .gz",
        ),
        ("v.tsv", "tag\tparent\nmug\tcup\n", "line 2: 'cup', the parent of 'mug', is not a tag in this file"),
        ("v.tsv", "1\ta\t甲\n2\tb > c\t乙\n", "line 2: its parent 'b' has no line of its own"),
        ("v.ttl", "<urn:1> a\n<urn:2>", "not RDF (turtle)"),
    ],
)
def test_a_vocabulary_that_cannot_be_taken_is_named_with_the_line(
    tagweave: Run, tmp_path: Path, write: Run, products: Path, name: str, content: str, reason: str
) -> None:
    mistake = tagweave("ingest", tmp_path / "store", products, "--vocabulary", write(name, content)).mistake
    assert name in mistake
    assert reason in mistake
    assert not (tmp_path / "store").exists()


def test_names_that_two_tags_share_are_told(
    tagweave: Run, tmp_path: Path, write: Run, products: Path, caplog: pytest.LogCaptureFixture
) -> None:
    vocabulary = write("v.tsv", "tag\tzh\ntoy\t玩具\ntoys\t\ngame\t玩具\n")
    tagweave("ingest", tmp_path / "store", products, "--vocabulary", vocabulary)
    assert f"{vocabulary}: 2 pairs of tags share a name, such as 'toy' and 'toys' ('toys')" in caplog.messages


@pytest.fixture
def mugs(tagweave: Run, new_store: Run) -> Path:
    """A fitted store of mugs, whose tag has three spellings."""
    folder: Path = new_store(*MUGS)
    assert tagweave("fit", folder, "--json").result["tags"] == 5
    return folder


def suggested(tagweave: Run, folder: Path) -> list[str]:
    return [each["tag"] for each in tagweave("suggest", folder, "blue mugs 2", "--json").result["tags"]]


def test_tags_that_may_be_one_are_listed_with_the_reason(tagweave: Run, mugs: Path) -> None:
    result = tagweave("vocabulary", mugs, "--limit", 2, "--json").result
    assert result["tags"] == 5
    assert result["found"] >= 2
    assert result["merges"] == [
        {"tag": "kitchenware", "into": "kitchen", "why": "on the same products", "score": 1.0},
        {"tag": "mugs", "into": "mug", "why": "spelled alike", "score": 1.0},
    ]
    shown = tagweave("vocabulary", mugs).out
    assert " mugs " in shown
    assert "spelled alike" in shown
    assert shown.splitlines()[-1].startswith("5 tags; ")


def test_a_merge_that_is_accepted_shows_in_the_next_suggestion_without_a_fit(tagweave: Run, mugs: Path) -> None:
    assert {"mug", "mugs", "coffee cup"} <= set(suggested(tagweave, mugs))
    assert tagweave("vocabulary", mugs, "--accept", "mugs", "mug", "--json").result == {
        "tag": "mug",
        "forms": ["mug", "mugs"],
    }
    accepted = tagweave("vocabulary", mugs, "--accept", "coffee cup", "MUGS")
    assert accepted.out == "mug: mug, mugs, coffee cup\n"
    after = suggested(tagweave, mugs)
    assert "mug" in after
    assert not {"mugs", "coffee cup"} & set(after)
    assert "mugs" not in str(tagweave("vocabulary", mugs, "--json").result["merges"])


def test_a_merge_shows_in_searches_and_is_learnt_by_the_next_fit(tagweave: Run, mugs: Path) -> None:
    tagweave("vocabulary", mugs, "--accept", "mugs", "mug")
    found = tagweave("search", mugs, "", "--tag", "mugs", "--json").result
    assert found["total"] == 5
    assert [each["tags"][0] for each in found["products"] if each["id"] == "2"] == ["mug"]
    assert tagweave("fit", mugs, "--json").result["tags"] == 4


def test_a_merge_can_be_undone(tagweave: Run, mugs: Path) -> None:
    before = suggested(tagweave, mugs)
    tagweave("vocabulary", mugs, "--accept", "mugs", "mug")
    assert tagweave("vocabulary", mugs, "--separate", "mugs", "--json").result == {"tag": "mugs", "forms": ["mugs"]}
    assert suggested(tagweave, mugs) == before


def test_a_merge_of_a_tag_that_was_renamed_before_can_be_undone_by_either_name(tagweave: Run, mugs: Path) -> None:
    for name in ("cups", "mugs"):
        with Store.writer(mugs) as store:
            renamed = store.catalogue.edits.add(TagChange("rename", "mugs", "cups"))
        tagweave("vocabulary", mugs, "--accept", "cups", "mug")
        assert tagweave("search", mugs, "", "--tag", "mug", "--json").result["total"] == 5
        result = tagweave("vocabulary", mugs, "--separate", name, "--json").result
        assert result["tag"] == "cups"
        assert tagweave("search", mugs, "", "--tag", "mug", "--json").result["total"] == 4
        with Store.writer(mugs) as store:
            store.catalogue.edits.undo(renamed.number, "")


def test_what_was_merged_is_written_to_a_file_that_another_store_takes(
    tagweave: Run, mugs: Path, tmp_path: Path, write: Run
) -> None:
    tagweave("vocabulary", mugs, "--accept", "mugs", "mug")
    out = tmp_path / "v.tsv"
    assert tagweave("vocabulary", mugs, "--out", out, "--json").result == {"out": str(out), "tags": 4}
    assert tagweave("vocabulary", mugs, "--out", out).out == f"out: {out}\ntags: 4\n"
    products = write("a.jsonl", '{"title": "blue", "tags": ["Mugs", "coffee cup"]}')
    tagweave("ingest", tmp_path / "other", products, "--vocabulary", out)
    [product] = tagweave("search", tmp_path / "other", "", "--json").result["products"]
    assert product["tags"] == ["mug", "coffee cup"]


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        (["--accept", "mug", "MUG"], "'mug' and 'MUG' are already the same tag"),
        (["--accept", "kitchn", "mug"], "no tag 'kitchn' in the store; did you mean 'kitchen'?"),
        (["--accept", "mug", "心"], "no tag '心' in the store"),
        (["--separate", "mug"], "'mug' is not an alias of any tag"),
        (["--accept", "mug"], "argument --accept: expected 2 arguments"),
        (["--accept", "a", "b", "--separate", "c"], "argument --separate: not allowed with argument --accept"),
    ],
)
def test_a_change_that_cannot_be_made_says_why(tagweave: Run, new_store: Run, change: list[str], mistake: str) -> None:
    folder = new_store(*MUGS)
    assert tagweave("vocabulary", folder, *change).mistake.startswith(mistake)
    assert json.loads(tagweave("vocabulary", folder, "--json").out)["tags"] == 5


def test_the_demos_vocabulary_is_not_to_be_changed(tagweave: Run) -> None:
    mistake = tagweave("vocabulary", "demo", "--accept", "a", "b").mistake
    assert mistake == "the demo store is read-only; name a folder of your own"


def test_a_packaged_vocabulary_comes_in_by_its_name_and_without_products(tagweave: Run, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    assert tagweave("ingest", folder, "--vocabulary", "google", "--json").result["read"] == 0
    kept = labels_of(Store.open(folder).catalogue)
    assert kept.ancestors("Bird Cage Accessories")[-1] == "Animals & Pet Supplies"


def test_something_must_be_ingested(tagweave: Run, tmp_path: Path) -> None:
    mistake = tagweave("ingest", tmp_path / "store").mistake
    assert mistake == "name a file of products, or a vocabulary with --vocabulary"
    assert not (tmp_path / "store").exists()
