"""Read a vocabulary in SKOS: concepts with labels and broader concepts; the only module that imports rdflib.

A tag's name is its preferred label in English, else in Chinese, else in the first language by code. See W3C, SKOS
Simple Knowledge Organization System Reference, sections 5 (labels) and 8 (broader, narrower).
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import BadInput, MissingDependency
from tagger.vocabulary.formats.hierarchy import check_parents
from tagger.vocabulary.formats.text_file import whole
from tagger.vocabulary.vocabulary import Entry, Vocabulary

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

# JSON-LD is missing on purpose: its files may refer to other files, which rdflib would fetch from the network.
FORMATS = {".ttl": "turtle", ".nt": "nt", ".rdf": "xml", ".xml": "xml"}
_PREFERRED = ("en", "zh")
_LINE = re.compile(r"\bline (\d+)|:(\d+):\d+:")


def read_skos(path: Path, format: str) -> Vocabulary:
    """Read the concepts of a file in one of rdflib's formats.

    Raises `BadInput` with the line or the concept at fault, `MissingDependency` without rdflib.
    """
    graph = _parse(path, format)
    labels = {concept: _labels(graph, concept) for concept in _concepts(graph)}
    if not labels:
        raise BadInput("skos.no-concept", path=path)
    tags = {concept: _tag(path, concept, each) for concept, each in labels.items()}
    _refuse_twins(path, tags)
    entries = [
        Entry(
            tags[concept],
            _facet(graph, concept),
            labels[concept],
            tuple(_parents(graph, concept, tags, path)),
            descriptions=_definitions(graph, concept),
        )
        for concept in sorted(labels, key=str)
    ]
    check_parents(entries, [f"{path}: {concept}" for concept in sorted(labels, key=str)])
    return Vocabulary(entries)


def _parse(path: Path, format: str) -> "Graph":
    try:
        import rdflib
    except ImportError as error:
        raise MissingDependency("skos.no-rdflib", path=path) from error

    text = whole(path)
    try:
        return rdflib.Graph().parse(data=text, format=format)
    except Exception as error:
        # rdflib's parsers raise different exceptions without a common base class.
        raise BadInput(
            "skos.not-rdf", place=f"{path}{_line_of(error)}", format=format, reason=_first_line(error)
        ) from error


def _line_of(error: Any) -> str:
    """Return the line where a parser stopped, if the exception tells it; Turtle's parser counts from 0."""
    if hasattr(error, "lines"):
        return f" line {error.lines + 1}"
    if hasattr(error, "getLineNumber"):
        return f" line {error.getLineNumber()}"
    found = _LINE.search(str(error))
    return f" line {found[1] or found[2]}" if found else ""


def _first_line(error: Exception) -> str:
    message = str(getattr(error, "message", "") or error)
    return " ".join(message.split())[:200]


def _concepts(graph: "Graph") -> "list[Node]":
    from rdflib.namespace import RDF, SKOS

    return sorted(set(graph.subjects(RDF.type, SKOS.Concept)), key=str)


def _labels(graph: "Graph", concept: "Node") -> dict[str, tuple[str, ...]]:
    """Return the labels per language: the preferred label first, then alternative, then hidden labels."""
    from rdflib.namespace import SKOS

    found: dict[str, dict[str, None]] = {}
    for kind in (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel):
        for lang, text in sorted((_language(label), str(label).strip()) for label in graph.objects(concept, kind)):
            if text:
                found.setdefault(lang, {})[text] = None
    return {lang: tuple(forms) for lang, forms in found.items()}


def _definitions(graph: "Graph", concept: "Node") -> dict[str, str]:
    """Return the concept's definition in each language; where there are several, the first in alphabetical order."""
    from rdflib.namespace import SKOS

    found = sorted((_language(text), " ".join(str(text).split())) for text in graph.objects(concept, SKOS.definition))
    return {lang: text for lang, text in reversed(found) if text}


def _language(label: Any) -> str:
    """Return the primary language of a label, English if it has none; zh-Hant is zh, because scripts are folded."""
    return str(label.language or "en").lower().partition("-")[0]


def _tag(path: Path, concept: "Node", labels: Mapping[str, Sequence[str]]) -> str:
    for lang in [*_PREFERRED, *sorted(labels)]:
        if lang in labels:
            return labels[lang][0]
    raise BadInput("skos.no-label", path=path, concept=concept)


def _refuse_twins(path: Path, tags: "Mapping[Node, str]") -> None:
    owners: dict[str, Node] = {}
    for concept, tag in tags.items():
        if (owner := owners.setdefault(tag, concept)) != concept:
            raise BadInput("skos.same-label", path=path, first=owner, second=concept, tag=tag)


def _facet(graph: "Graph", concept: "Node") -> str:
    """Return the name of the concept's scheme, or an empty string if there is none with a name."""
    from rdflib.namespace import DCTERMS, SKOS

    for scheme in sorted(graph.objects(concept, SKOS.inScheme), key=str):
        for name in [*graph.objects(scheme, SKOS.prefLabel), *graph.objects(scheme, DCTERMS.title)]:
            return str(name)
    return ""


def _parents(graph: "Graph", concept: "Node", tags: "Mapping[Node, str]", path: Path) -> list[str]:
    from rdflib.namespace import SKOS

    above = {*graph.objects(concept, SKOS.broader), *graph.subjects(SKOS.narrower, concept)}
    for each in sorted(above - tags.keys(), key=str):
        raise BadInput("skos.no-parent", path=path, parent=each, concept=concept)
    return sorted(tags[each] for each in above)
