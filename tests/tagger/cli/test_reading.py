"""How a file is read: what ingest tells about it, and the options that name what cannot be found out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
# In Windows-1252 a sign, in MacRoman a letter.
UNCLEAR = b"title,tags\nM\x8ab,mug\n"


def test_ingest_tells_how_each_file_was_read(tagweave: Run, tmp_path: Path, write: Run) -> None:
    path = write(
        "shop.csv",
        "Stock\nSKU;Name;Keywords;Preis\n1;Tischläufer, grün;Küche, leinen;9,90\n2;Becher;küche;1\n".encode("latin-1"),
    )
    outcome = tagweave("ingest", tmp_path / "store", path, "--json")
    [told] = outcome.result["files"]
    assert told == {
        "file": str(path),
        "kind": "CSV",
        "format": "plain",
        "encoding": "Windows-1252",
        "sample": "1;Tischläufer, grün;Küche, leinen;9,90",
        "delimiter": ";",
        "skipped_lines": 1,
        "fields": {"id": "SKU", "title": "Name", "tags": "Keywords"},
        "unused": ["Preis"],
        "tags_split": ",",
        "tags_split_score": pytest.approx(1, abs=0.01),
        "spellings": {"küche": "Küche"},
        "stored_tags": "replace",
    }
    stored = tagweave("search", tmp_path / "store", "", "--json").result["products"]
    assert {each["id"]: (each["title"], each["tags"]) for each in stored} == {
        "1": ("Tischläufer, grün", ["Küche", "leinen"]),
        "2": ("Becher", ["Küche"]),
    }


def test_an_unclear_encoding_is_refused_before_a_store_is_made(tagweave: Run, tmp_path: Path, write: Run) -> None:
    outcome = tagweave("ingest", tmp_path / "store", write("a.csv", UNCLEAR))
    assert outcome.status == 2
    assert "a.csv may be " in outcome.err
    assert "--encoding " in outcome.err
    assert not (tmp_path / "store" / "catalogue.duckdb").exists()
    taken = tagweave("ingest", tmp_path / "store", tmp_path / "a.csv", "--encoding", "mac_roman", "--json").result
    assert taken["accepted"] == 1
    assert tagweave("search", tmp_path / "store", "Mäb", "--json").result["total"] == 1


def test_what_is_named_is_not_found_out(tagweave: Run, tmp_path: Path, write: Run) -> None:
    path = write("a.csv", "list\ntitle;tags\n'Mug; blue';a/b|c\n")
    named = ("--delimiter", ";", "--quote", "'", "--skip-lines", "1", "--tags-split", "/")
    assert tagweave("ingest", tmp_path / "store", path, *named, "--json").result["accepted"] == 1
    [product] = tagweave("search", tmp_path / "store", "", "--json").result["products"]
    assert (product["title"], product["tags"]) == ("Mug; blue", ["a", "b|c"])


def test_a_tag_is_spelled_as_in_the_store(tagweave: Run, tmp_path: Path, write: Run) -> None:
    tagweave("ingest", tmp_path / "store", write("a.csv", "id,title,tags\n1,mug,Kitchen\n"))
    tagweave(
        "ingest", tmp_path / "store", write("b.csv", "id,title,tags\n2,jug,kitchen|new\n3,pot,kitchen|NEW\n4,pan,new\n")
    )
    stored = tagweave("search", tmp_path / "store", "", "--json").result["products"]
    assert {each["id"]: each["tags"] for each in stored} == {
        "1": ["Kitchen"],
        "2": ["Kitchen", "new"],
        "3": ["Kitchen", "new"],
        "4": ["new"],
    }


def test_a_program_s_file_is_read_otherwise_if_one_says_so(tagweave: Run, tmp_path: Path, write: Run) -> None:
    path = write("export.csv", b"Handle,Title,Vendor,Tags\ncap,Cap,Nordhat,wool;warm\n")
    found = tagweave("ingest", tmp_path / "a", path, "--json").result
    assert (found["format"], found["files"][0]["unused"]) == ("shopify", ["Vendor"])
    given = ("--format", "plain", "--tags-split", ";", "--attribute", "vendor")
    said = tagweave("ingest", tmp_path / "b", path, *given, "--json").result
    assert (said["format"], said["files"][0]["unused"]) == ("plain", [])
    [product] = tagweave("search", tmp_path / "b", "", "--json").result["products"]
    assert product["tags"] == ["wool", "warm", "Vendor: Nordhat"]
    wrong = tagweave("ingest", tmp_path / "c", path, "--attribute", "Colour")
    assert (wrong.status, "has no column 'Colour'" in wrong.err) == (2, True)
    assert tagweave("ingest", tmp_path / "c", path, "--format", "shop").status == 2


def test_a_database_s_address_and_a_table_are_named(tagweave: Run, tmp_path: Path, write: Run) -> None:
    path = write("shop.json", b'{"a": {"b": [{"title": "One"}]}, "c": [{"title": "Two"}, {"title": "Three"}]}')
    assert tagweave("ingest", tmp_path / "a", path, "--table", "a.b", "--json").result["accepted"] == 1
    assert tagweave("ingest", tmp_path / "b", path, "--json").result["accepted"] == 2
    refused = tagweave("ingest", tmp_path / "c", "postgres://me:secret@localhost/shop")
    assert refused.status == 2
    assert "secret" not in refused.err
    assert not (tmp_path / "c").exists()
