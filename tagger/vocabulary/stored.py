"""What a catalogue's tags are called: its labels, with what people changed of them."""

from collections.abc import Iterable, Mapping

from index.catalogue.catalogue import Catalogue
from index.catalogue.tag_queries import TagNaming
from index.errors import StoreLocked
from tagger.vocabulary import Vocabulary, from_rows
from tagger.vocabulary.edits import apply_edits

# So long a suggestion may wait for a process that writes.
_MOMENT_S = 0.25


def labels_of(catalogue: Catalogue) -> Vocabulary:
    """Return the labels, and what stands above what, with the changes in force."""
    said = catalogue.labelling()
    return apply_edits(from_rows(said.labels, said.parents), [each for each in said.edits if each.undone_at is None])


def vocabulary_of(catalogue: Catalogue) -> Vocabulary:
    """Return the labels and all tags of the products, but for those that are another's name or deleted by now."""
    return with_stored(labels_of(catalogue), catalogue.tag_counts())


def with_stored(labels: Vocabulary, stored: Iterable[str]) -> Vocabulary:
    """Return labels with the tags that products came with."""
    return labels.with_tags(tag for tag in stored if not labels.knows_as_another(tag))


def naming_of(labels: Vocabulary, stored: Iterable[str]) -> TagNaming:
    """Return how to read the tags that products came with."""
    others = {tag: labels.canonical(tag) for tag in stored if labels.knows_as_another(tag)}
    names = {tag: "" if labels.drops(name) else name for tag, name in others.items()}
    return TagNaming(names, {name: labels.facet(name) for name in names.values() if name})


def naming_in(catalogue: Catalogue, labels: Vocabulary) -> TagNaming:
    """Return how to read the tags that a catalogue's products came with."""
    return naming_of(labels, catalogue.tag_counts())


def tag_counts(catalogue: Catalogue, labels: Vocabulary) -> Mapping[str, int]:
    """Return each tag by its name of now with the number of products that have it, the most frequent first."""
    return catalogue.tag_counts(naming_in(catalogue, labels))


class Changes:
    """Tells when tags are called otherwise than when it was last asked.

    People may have changed them, or a vocabulary may have come, in this process or another.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._stamp = catalogue.stamp()
        self._labelling = catalogue.labelling()

    def vocabulary(self) -> Vocabulary | None:
        """Return what the tags are called now, nothing where that is as before.

        While another process writes for long, what was before counts.
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
