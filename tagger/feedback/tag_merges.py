"""Suggest merges of a store's tags, export its vocabulary, and separate merged tags again.

Products keep their tags as imported, so that a merge can be undone.
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
    """The number of tags in a store, the number of likely duplicate pairs, and the best pairs."""

    tags: int
    found: int
    merges: Sequence[Merge]


@dataclass(frozen=True)
class Changed:
    """A tag's name and all its forms after a change."""

    tag: str
    forms: Sequence[str]


@dataclass(frozen=True)
class Exported:
    """The file a vocabulary was written to, and its number of tags."""

    out: str
    tags: int


def suggest_merges(
    store: Store, settings: Settings, progress: Progress, *, limit: int, enough: MergeSettings | None = None
) -> Suggested:
    """Return the best `limit` merges of the store's tags; embeds all tag names with the store's encoder first."""
    vocabulary = vocabulary_of(store.catalogue)
    products = canonical(store.catalogue.products(labelled=True), vocabulary)
    encoder = encoder_of(store, settings)
    encoder.warm(
        [all_names(tag, vocabulary) for tag in {tag: None for each in products for tag in each.tags}], progress
    )
    found = find_duplicates(vocabulary, products, encoder, enough)
    return Suggested(len(vocabulary), len(found), found[:limit])


def export(store: Store, out: Path) -> Exported:
    """Write the store's vocabulary as TSV for `ingest --vocabulary`.

    Raises `BadInput` for a name that does not fit into a table: one with a tab, a line break or |.
    """
    vocabulary = vocabulary_of(store.catalogue)
    write_tsv(vocabulary, out)
    return Exported(str(out), len(vocabulary))


def separate(store: Store, alias: str) -> Changed:
    """Make an alias a separate tag; if it came from a merge, undo that merge.

    Raises `BadInput` if it is not an alias.
    """
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
    """Return the name of a tag after these changes; `tag` is the name that it was imported under."""
    return next((each.value for each in reversed(edits) if each.kind == "rename" and each.tag == tag), tag)


def _describe_change(store: Store, name: str) -> Changed:
    vocabulary = vocabulary_of(store.catalogue)
    tag = vocabulary.canonical(name)
    return Changed(tag, vocabulary.forms(tag))
