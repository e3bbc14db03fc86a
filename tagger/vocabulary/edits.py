"""Apply people's edits to a vocabulary, in order.

Each edit refers to its tag by the name that it was imported under, so that undoing any edit leaves the meaning of the
others unchanged. Edits never fail: an edit whose target is gone has no effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.catalogue.tag_edit import TagEdit
from index.text.folding import fold
from tagger.vocabulary.vocabulary import Entry, Vocabulary, language_of

Labels = Mapping[str, tuple[str, ...]]


class _Draft:
    """A mutable vocabulary: entries by tag, deleted tags, and the successors of renamed and merged tags."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._facets = vocabulary.facets.values()
        self.entries = {entry.tag: entry for entry in vocabulary}
        self.gone: set[str] = set()
        self.became: dict[str, str] = {}
        self._holders: dict[str, set[str]] = {}
        for entry in vocabulary:
            self._hold(entry)

    def _hold(self, entry: Entry) -> None:
        for form in entry.forms:
            self._holders.setdefault(fold(form), set()).add(entry.tag)

    def now(self, name: str) -> str:
        """Return the current name of a tag that once had this name."""
        while name in self.became:
            name = self.became[name]
        return name

    def entry(self, tag: str) -> Entry:
        return self.entries.get(tag) or Entry(tag)

    def put(self, entry: Entry) -> None:
        self.entries[entry.tag] = entry
        self._hold(entry)

    def turn(self, tag: str, into: str) -> Entry:
        """Remove a tag and make its name refer to `into`; no third tag keeps that name."""
        taken = self.entries.pop(tag, None) or Entry(tag)
        self.became.pop(into, None)
        self.became[tag] = into
        for holder in self._holders.get(fold(tag), set()) - {tag, into}:
            if holder in self.entries:
                self.entries[holder] = without(self.entries[holder], tag)
        return taken

    def vocabulary(self) -> Vocabulary:
        entries = [self._with_parents_of_now(entry) for entry in self.entries.values()]
        return Vocabulary(
            (entry for entry in entries if entry.tag not in self.gone),
            (entry for entry in entries if entry.tag in self.gone),
            self._facets,
        )

    def _with_parents_of_now(self, entry: Entry) -> Entry:
        if not entry.parents:
            return entry
        parents = dict.fromkeys(map(self.now, entry.parents))
        return replace(entry, parents=tuple(each for each in parents if each != entry.tag and each not in self.gone))


def apply_edits(vocabulary: Vocabulary, edits: Sequence[TagEdit]) -> Vocabulary:
    """Return the vocabulary after these edits, applied in this order."""
    if not edits:
        return vocabulary
    draft = _Draft(vocabulary)
    for edit in edits:
        _apply(draft, edit)
    return draft.vocabulary()


def _apply(draft: _Draft, edit: TagEdit) -> None:
    tag = draft.now(edit.tag)
    entry = draft.entry(tag)
    if edit.kind == "rename" and edit.value != tag:
        _rename(draft, tag, edit.value)
    elif edit.kind == "merge" and draft.now(edit.value) != tag:
        _merge(draft, tag, draft.now(edit.value))
    elif edit.kind == "label":
        draft.put(replace(entry, labels=_add_label(entry.labels, edit.lang, edit.value)))
    elif edit.kind == "alias":
        draft.put(replace(entry, labels=merge_labels(entry.labels, {edit.lang: (edit.value,)})))
    elif edit.kind == "unalias" and edit.value != tag:
        _separate(draft, entry, edit.value)
    elif edit.kind == "delete":
        draft.put(entry)
        draft.gone.add(tag)


def _rename(draft: _Draft, tag: str, name: str) -> None:
    """Rename a tag; the old name becomes an alias and stops being the label in its language."""
    entry = draft.turn(tag, name)
    lang, own = language_of(tag), language_of(name)
    labels = {**entry.labels, lang: (*entry.labels.get(lang, ()), tag)}
    if (entry.labels.get(own) or (tag,))[0] == tag:
        labels = _add_label(labels, own, name)
    known = draft.entry(name)
    came_as = entry.came_as or tag
    draft.put(
        replace(
            _fill_in(entry, known),
            tag=name,
            labels=merge_labels(labels, known.labels),
            came_as="" if came_as == name else came_as,
        )
    )
    if tag in draft.gone:
        draft.gone.remove(tag)
        draft.gone.add(name)


def _merge(draft: _Draft, tag: str, into: str) -> None:
    gone, kept = draft.turn(tag, into), draft.entry(into)
    draft.gone.discard(tag)
    draft.put(replace(_fill_in(kept, gone), labels=labels_of_both(kept, gone)))


def _fill_in(entry: Entry, other: Entry) -> Entry:
    """Return the entry, with what it lacks besides names taken from another."""
    return replace(
        entry,
        facet=entry.facet or other.facet,
        parents=entry.parents or other.parents,
        descriptions=entry.descriptions or other.descriptions,
        attributes=entry.attributes or other.attributes,
    )


def _separate(draft: _Draft, entry: Entry, alias: str) -> None:
    """Remove an alias; if it was a tag before, it becomes one again."""
    draft.put(without(entry, alias))
    if alias in draft.became and draft.now(alias) == entry.tag:
        del draft.became[alias]
        draft.put(Entry(alias))


def _add_label(labels: Labels, lang: str, label: str) -> dict[str, tuple[str, ...]]:
    """Return the labels with a new first label in a language; the previous one becomes an alias."""
    return merge_labels({lang: (label,)}, labels)


def merge_labels(first: Labels, second: Labels) -> dict[str, tuple[str, ...]]:
    """Return the labels of both, without duplicates, those of `first` before those of `second`."""
    langs = dict.fromkeys((*first, *second))
    return {lang: tuple(dict.fromkeys((*first.get(lang, ()), *second.get(lang, ())))) for lang in langs}


def labels_of_both(kept: Entry, gone: Entry) -> dict[str, tuple[str, ...]]:
    """Return the labels of two merged tags; the kept tag's label stays first in the language of its name."""
    own = (
        dict(kept.labels)
        if language_of(kept.tag) in kept.labels
        else {**kept.labels, language_of(kept.tag): (kept.tag,)}
    )
    return merge_labels(merge_labels(own, {language_of(gone.tag): (gone.tag,)}), gone.labels)


def without(entry: Entry, name: str) -> Entry:
    """Return the entry without a name, ignoring case and width."""
    left = {lang: tuple(form for form in forms if fold(form) != fold(name)) for lang, forms in entry.labels.items()}
    return replace(entry, labels={lang: forms for lang, forms in left.items() if forms})
