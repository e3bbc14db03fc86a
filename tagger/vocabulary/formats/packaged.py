"""Vocabularies that come with the package, by name.

`shopify` is Shopify's product taxonomy in English and Chinese: categories, and attributes with their values. `google`
has the product categories that Shopify's taxonomy is mapped to. Both are under the MIT licence; the notice is
beside the files in `tagger/vocabulary/packaged`. `python -m tools.taxonomies` makes the files.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagger.vocabulary.formats.taxonomy import distinct, names_of
from tagger.vocabulary.vocabulary import Entry, Facet, Vocabulary

FOLDER = Path(__file__).parents[1] / "packaged"
NAMES = ("shopify", "google")
# The facet of all categories.
CATEGORY = "category"
_LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Packaged:
    """A packaged vocabulary, and the tag of each category by the id that its taxonomy gives it."""

    vocabulary: Vocabulary
    by_id: Mapping[str, str]


def read_packaged(name: str) -> Packaged:
    """Read one of `NAMES`. Categories have their place as parents; values have their attribute as facet."""
    saved: dict[str, Any] = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    categories, facets, values = saved["categories"], saved["facets"], saved["values"]
    names = {
        lang: distinct(
            [
                *(names_of(" > ".join(path)) if all(path) else ("",) for path in _paths(categories, 2 + place)),
                *(names_of(f"{value[1 + place]} [{facets[value[0]][place]}]") for value in values),
            ]
        )
        for place, lang in enumerate(_LANGUAGES)
    }
    labels = [
        {lang: (of_lang[number],) for lang, of_lang in names.items() if of_lang[number]}
        for number in range(len(names["en"]))
    ]
    entries = [
        Entry(
            names["en"][number],
            CATEGORY,
            labels[number],
            () if above is None else (names["en"][above],),
            attributes=tuple(facets[facet][0] for facet in attributes),
        )
        for number, (_, above, _, _, attributes) in enumerate(categories)
    ]
    entries += [
        Entry(names["en"][number], facets[value[0]][0], labels[number])
        for number, value in enumerate(values, len(categories))
    ]
    by_id = {each[0]: entry.tag for each, entry in zip(categories, entries, strict=False)}
    return Packaged(Vocabulary(entries, facets=map(_facet, facets)), by_id)


def _paths(categories: Sequence[Sequence[Any]], column: int) -> list[list[str]]:
    """Return the names from the top down to each category; parents come before their children."""
    paths: list[list[str]] = []
    for category in categories:
        above = category[1]
        paths.append([*(() if above is None else paths[above]), category[column]])
    return paths


def _facet(row: Sequence[str]) -> Facet:
    en, zh, described_en, described_zh = row
    return Facet(en, _by_lang(en, zh), _by_lang(described_en, described_zh))


def _by_lang(*texts: str) -> dict[str, str]:
    return {lang: text for lang, text in zip(_LANGUAGES, texts, strict=True) if text}
