"""The vocabulary of a catalogue: imported labels with people's edits, and the tags stored in products."""

from collections.abc import Iterable, Mapping

from index.catalogue.catalogue import Catalogue
from index.catalogue.tag_queries import TagNaming
from index.errors import StoreLocked
from tagger.vocabulary import Vocabulary, from_rows
from tagger.vocabulary.edits import apply_edits

# Longest wait of a suggestion for another process that writes the store.
_MOMENT_S = 0.25


def labels_of(catalogue: Catalogue) -> Vocabulary:
    """Return the imported vocabulary with all edits in force applied."""
    said = catalogue.labelling()
    imported = from_rows(said.labels, said.parents, said.details)
    return apply_edits(imported, [each for each in said.edits if each.undone_at is None])


def vocabulary_of(catalogue: Catalogue) -> Vocabulary:
    """Return the edited vocabulary plus all tags of products, except tags that are another tag's name or deleted."""
    return with_stored(labels_of(catalogue), catalogue.tag_counts())


def with_stored(labels: Vocabulary, stored: Iterable[str]) -> Vocabulary:
    """Return the vocabulary plus the tags stored in products that are not another tag's name."""
    return labels.with_tags(tag for tag in stored if not labels.knows_as_another(tag))


def naming_of(labels: Vocabulary, stored: Iterable[str]) -> TagNaming:
    """Return the mapping from stored tag names to current names and facets."""
    others = {tag: labels.canonical(tag) for tag in stored if labels.knows_as_another(tag)}
    names = {tag: "" if labels.drops(name) else name for tag, name in others.items()}
    return TagNaming(names, {name: labels.facet(name) for name in names.values() if name})


def naming_in(catalogue: Catalogue, labels: Vocabulary) -> TagNaming:
    """Return the mapping from a catalogue's stored tag names to current names and facets."""
    return naming_of(labels, catalogue.tag_counts())


def tag_counts(catalogue: Catalogue, labels: Vocabulary) -> Mapping[str, int]:
    """Return the number of products of each tag, by current name, the most frequent first."""
    return catalogue.tag_counts(naming_in(catalogue, labels))


class Changes:
    """Detects changes of the vocabulary since the last call, by this process or another.

    A change is an edit of a tag, or the import of a vocabulary.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._stamp = catalogue.stamp()
        self._labelling = catalogue.labelling()

    def vocabulary(self) -> Vocabulary | None:
        """Return the current vocabulary, or None if it has not changed since the last call.

        Return None as well if another process keeps the store locked; the next call tries again.
        """
        stamp = self._catalogue.stamp()
        if stamp == self._stamp:
            return None
        try:
            catalogue = self._catalogue.waiting(_MOMENT_S)
            labelling = catalogue.labelling()
            found = None if labelling == self._labelling else vocabulary_of(catalogue)
        except StoreLocked:
            return None
        self._stamp, self._labelling = stamp, labelling
        return found
