"""Merges of a store's tags: which to suggest, and what is written where a person accepts one.

A merge is an alias in the catalogue: products keep their tags as they came, so that it can be undone.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import BadInput
from index.progress import Progress
from index.store import Store
from tagger.evaluation import canonical
from tagger.opening import encoder_of, labels_of, vocabulary_of
from tagger.settings import Settings
from tagger.vocabulary import Vocabulary, write_tsv
from tagger.vocabulary.merging import Merge, MergeSettings, merged, separated, spoken, suggested_merges


@dataclass(frozen=True)
class Suggested:
    """How many tags a store has, how many pairs of them may be one, and the best of those."""

    tags: int
    found: int
    merges: Sequence[Merge]


@dataclass(frozen=True)
class Changed:
    """What a tag is called after a change."""

    tag: str
    forms: Sequence[str]


@dataclass(frozen=True)
class Exported:
    """Where a store's vocabulary was written, and how many tags it has."""

    out: str
    tags: int


def suggested(
    store: Store, settings: Settings, progress: Progress, *, limit: int, enough: MergeSettings | None = None
) -> Suggested:
    """Suggest merges of the store's tags, by the vectors of the store's encoder."""
    vocabulary = vocabulary_of(store)
    products = canonical(store.catalogue.products(labelled=True), vocabulary)
    encoder = encoder_of(store, settings)
    encoder.warm([spoken(tag, vocabulary) for tag in {tag: None for each in products for tag in each.tags}], progress)
    found = suggested_merges(vocabulary, products, encoder, enough)
    return Suggested(len(vocabulary), len(found), found[:limit])


def accept(store: Store, tag: str, into: str) -> Changed:
    """Make a tag and its labels aliases of another; the store must be open for writing.

    Raises `BadInput` where one of them is no tag, or both are the same.
    """
    known = vocabulary_of(store)
    gone, kept = _known(tag, known), _known(into, known)
    if gone == kept:
        raise BadInput(f"{tag!r} and {into!r} are one tag already")
    return _written(store, merged(labels_of(store), gone, kept), kept)


def export(store: Store, out: Path) -> Exported:
    """Write the store's vocabulary as a table that `ingest` takes; raises `BadInput` for a name it cannot hold."""
    vocabulary = vocabulary_of(store)
    write_tsv(vocabulary, out)
    return Exported(str(out), len(vocabulary))


def separate(store: Store, alias: str) -> Changed:
    """Make an alias a tag of its own again; raises `BadInput` where it is none."""
    return _written(store, separated(labels_of(store), alias), alias)


def _known(text: str, vocabulary: Vocabulary) -> str:
    tag = vocabulary.canonical(text)
    if tag not in vocabulary:
        near = difflib.get_close_matches(text, vocabulary.tags, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise BadInput(f"no tag {text!r} in the store{hint}")
    return tag


def _written(store: Store, vocabulary: Vocabulary, tag: str) -> Changed:
    store.catalogue.set_labels(vocabulary.rows(), vocabulary.parent_rows())
    return Changed(tag, vocabulary.forms(tag))
