"""Merges of a store's tags: which to suggest, and what is written where a person accepts one.

Products keep their tags as they came, so that a merge can be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.catalogue.decision import ANONYMOUS
from index.catalogue.tag_edit import TagChange, TagEdit
from index.progress import Progress
from index.store import Store
from tagger.feedback.tag_edits import record_edit
from tagger.load import encoder_of
from tagger.settings import Settings
from tagger.vocabulary import fold, write_tsv
from tagger.vocabulary.duplicates import Merge, MergeSettings, all_names, find_duplicates
from tagger.vocabulary.product_tags import canonical
from tagger.vocabulary.stored import vocabulary_of


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


def suggest_merges(
    store: Store, settings: Settings, progress: Progress, *, limit: int, enough: MergeSettings | None = None
) -> Suggested:
    """Suggest merges of the store's tags, by the vectors of the store's encoder."""
    vocabulary = vocabulary_of(store.catalogue)
    products = canonical(store.catalogue.products(labelled=True), vocabulary)
    encoder = encoder_of(store, settings)
    encoder.warm(
        [all_names(tag, vocabulary) for tag in {tag: None for each in products for tag in each.tags}], progress
    )
    found = find_duplicates(vocabulary, products, encoder, enough)
    return Suggested(len(vocabulary), len(found), found[:limit])


def export(store: Store, out: Path) -> Exported:
    """Write the store's vocabulary as a table that `ingest` takes; raises `BadInput` for a name it cannot hold."""
    vocabulary = vocabulary_of(store.catalogue)
    write_tsv(vocabulary, out)
    return Exported(str(out), len(vocabulary))


def separate(store: Store, alias: str) -> Changed:
    """Make an alias a tag of its own again: a merge is undone as a whole. Raises `BadInput` where it is none."""
    edits = store.catalogue.edits
    made = edits.active()
    for place, edit in reversed(list(enumerate(made))):
        if edit.kind == "merge" and fold(alias) in map(fold, (edit.tag, _current_name(edit.tag, made[:place]))):
            edits.undo(edit.number, ANONYMOUS)
            return _describe_change(store, edit.tag)
    vocabulary = vocabulary_of(store.catalogue)
    record_edit(store, TagChange("unalias", vocabulary.canonical(alias), alias))
    return _describe_change(store, alias)


def _current_name(tag: str, edits: Sequence[TagEdit]) -> str:
    """Return what a tag is called after these changes, by the name that it came with."""
    return next((each.value for each in reversed(edits) if each.kind == "rename" and each.tag == tag), tag)


def _describe_change(store: Store, name: str) -> Changed:
    vocabulary = vocabulary_of(store.catalogue)
    tag = vocabulary.canonical(name)
    return Changed(tag, vocabulary.forms(tag))
