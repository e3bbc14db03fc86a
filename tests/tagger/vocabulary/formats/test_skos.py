import gzip
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib

from index.errors import BadInput, MissingDependency
from tagger.vocabulary import Entry, read_vocabulary

ROOT = Path(__file__).parents[4]
PREFIXES = """\
@prefix : <http://example.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dct: <http://purl.org/dc/terms/> .
"""
SHOP = (
    PREFIXES
    + """
:kinds a skos:ConceptScheme ; dct:title "kind"@en .
:1 a skos:Concept ; skos:prefLabel "appliance"@en, "电器"@zh ; skos:narrower :2 ; skos:inScheme :kinds .
:2 a skos:Concept ; skos:prefLabel "refrigerator"@en, "冰箱"@zh, "Kühlschrank"@de ;
   skos:altLabel "fridge"@en, "電冰箱"@zh-Hant ; skos:hiddenLabel "refridgerator"@en ; skos:inScheme :kinds .
:3 a skos:Concept ; skos:prefLabel "制冰机"@zh ; skos:broader :1, :2 .
:4 a skos:Concept ; skos:prefLabel "gift" .
:5 a skos:Concept ; skos:prefLabel "Geschenk"@de, "cadeau"@fr .
"""
)
ENTRIES = [
    Entry("appliance", "kind", {"en": ("appliance",), "zh": ("电器",)}),
    Entry(
        "refrigerator",
        "kind",
        {"de": ("Kühlschrank",), "en": ("refrigerator", "fridge", "refridgerator"), "zh": ("冰箱", "電冰箱")},
        ("appliance",),
    ),
    Entry("制冰机", "", {"zh": ("制冰机",)}, ("appliance", "refrigerator")),
    Entry("gift", "", {"en": ("gift",)}),
    Entry("Geschenk", "", {"de": ("Geschenk",), "fr": ("cadeau",)}),
]


@pytest.mark.parametrize(
    ("ending", "format"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("xml", "xml"), ("ttl.gz", "turtle")]
)
def test_concepts_become_tags_with_labels_aliases_parents_and_the_schemes_name(
    tmp_path: Path, ending: str, format: str
) -> None:
    content = rdflib.Graph().parse(data=SHOP, format="turtle").serialize(format=format, encoding="utf-8")
    path = tmp_path / f"shop.{ending}"
    path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    assert list(read_vocabulary(path)) == ENTRIES


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "has no skos:Concept"),
        (":1 a skos:Concept .", ": http://example.org/1 has no label"),
        (
            ":1 a skos:Concept ; skos:prefLabel 'a'@en . :2 a skos:Concept ; skos:prefLabel 'a'@en .",
            ": http://example.org/1 and http://example.org/2 have the same preferred label, 'a'",
        ),
        (
            ":1 a skos:Concept ; skos:prefLabel 'a' ; skos:broader :2 .",
            ": http://example.org/2, which is broader than http://example.org/1, is not a skos:Concept in this file",
        ),
        (
            ":1 a skos:Concept ; skos:prefLabel 'a' ; skos:broader :2 . "
            ":2 a skos:Concept ; skos:prefLabel 'b' ; skos:broader :1 .",
            ": a tag cannot be its own ancestor",
        ),
        ("\n:1 a skos:Concept\n:2 .", r" line \d: not RDF \(turtle\): "),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_the_place(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "v.ttl"
    path.write_text(PREFIXES + content, "utf-8")
    with pytest.raises(BadInput, match=rf"v\.ttl ?.*{reason}"):
        read_vocabulary(path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("v.rdf", "<rdf:RDF\n<oops", r"v\.rdf line 2: not RDF \(xml\)"),
        ("v.nt", "<a> <b> .\n", r"v\.nt.*: not RDF \(nt\)"),
        (
            "v.jsonld",
            "{}",
            r"v\.jsonld: unknown vocabulary type '\.jsonld'; available: \.tsv, \.txt, \.ttl, \.nt, \.rdf, \.xml",
        ),
        ("vocabulary", "", r"vocabulary: unknown vocabulary type ''"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, content: str, reason: str) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(BadInput, match=reason):
        read_vocabulary(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for ending in ("ttl", "tsv", "tsv.gz"):
        with pytest.raises(BadInput, match=rf"no file .*none\.{ending}$"):
            read_vocabulary(tmp_path / f"none.{ending}")


def test_rdf_names_no_file_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    path = tmp_path / "v.rdf"
    path.write_text(
        f"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{tmp_path / "secret.txt"}">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
<skos:Concept rdf:about="urn:1"><skos:prefLabel>a&x;</skos:prefLabel></skos:Concept></rdf:RDF>""",
        "utf-8",
    )
    assert read_vocabulary(path).tags == ["a"]


def test_without_rdflib_one_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdflib", None)
    with pytest.raises(MissingDependency, match=r"needs rdflib; try: pip install 'tagweave\[skos\]'"):
        read_vocabulary(tmp_path / "v.ttl")


def test_neither_rdflib_nor_opencc_is_loaded_before_it_is_needed() -> None:
    code = "import sys, tagger.vocabulary as v; v.collapse('t-shirts'); print({'rdflib', 'opencc'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "set()\n"
