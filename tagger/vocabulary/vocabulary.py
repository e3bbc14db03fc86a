"""Tags with their names in each language, and the lookup of a tag by any of its names."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.catalogue.catalogue import DetailRow, LabelRow, ParentRow
from index.product import Attribute
from index.text.folding import fold
from index.text.language import detect_language
from tagger.vocabulary.normalize import collapse

# The language of a row for a tag without labels.
_NAMELESS = ""
Fold = Callable[[str], str]


@dataclass(frozen=True)
class Entry:
    """One tag with its facet, labels and parents; each language has the label first, then the aliases.

    `came_as` is the name that products store it under if it was renamed after import, else empty. `descriptions` has a
    text per language, `attributes` the facets that products of the tag have.
    """

    tag: str
    facet: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    came_as: str = ""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()

    @property
    def stated(self) -> bool:
        """Whether more is known of the tag than products with it say."""
        by_name = Attribute.of(self.tag, self.facet) is not None
        described = self.labels or self.parents or self.came_as or self.descriptions or self.attributes
        return bool(described or (self.facet and not by_name))

    @property
    def forms(self) -> list[str]:
        """All names of the tag, without duplicates."""
        return list(dict.fromkeys([self.tag, *(form for forms in self.labels.values() for form in forms)]))


@dataclass(frozen=True)
class Facet:
    """A facet's names and descriptions by language."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Clash:
    """Two tags with a name that is spelled alike; `text` is that name of `other`.

    A spelling that matches neither tag's name exactly refers to `tag`.
    """

    text: str
    tag: str
    other: str

    def __str__(self) -> str:
        """Return the two tags and the shared name."""
        return f"{self.tag!r} and {self.other!r} ({self.text!r})"


class Vocabulary:
    """Entries by tag, with lookup of tags by any spelling of their names.

    If several tags share a name, a tag's own name takes precedence over a label, and a label over an alias; ties go to
    the earlier tag. `clashes` lists these cases. `gone` are deleted tags: they are not among the entries, but their
    names still refer to them. `facets` are those with labels or descriptions.
    """

    def __init__(self, entries: Iterable[Entry] = (), gone: Iterable[Entry] = (), facets: Iterable[Facet] = ()) -> None:
        self.facets: Mapping[str, Facet] = {facet.name: facet for facet in facets}
        self._entries = {entry.tag: entry for entry in entries}
        self._gone = {entry.tag: entry for entry in gone if entry.tag not in self._entries}
        self._folded: dict[str, str] = {}
        for tag, form in self._by_rank():
            self._folded.setdefault(fold(form), tag)
        for tag, form in ((entry.tag, form) for entry in self._gone.values() for form in entry.forms):
            self._folded.setdefault(fold(form), tag)

    def __len__(self) -> int:
        """Return the number of tags."""
        return len(self._entries)

    def __contains__(self, tag: object) -> bool:
        """Return whether the vocabulary has a tag of exactly this name."""
        return tag in self._entries

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the entries in order."""
        return iter(self._entries.values())

    @property
    def tags(self) -> list[str]:
        """The tags in order."""
        return list(self._entries)

    def with_tags(self, tags: Iterable[str]) -> "Vocabulary":
        """Return the vocabulary plus these tags."""
        return self.with_entries(map(Entry, tags))

    def with_entries(self, entries: Iterable[Entry]) -> "Vocabulary":
        """Return the vocabulary plus these entries."""
        more = (entry for entry in entries if entry.tag not in self._entries)
        return Vocabulary([*self, *more], self._gone.values(), self.facets.values())

    def without(self, tags: Collection[str]) -> "Vocabulary":
        """Return the vocabulary without these tags."""
        left = (entry for entry in self if entry.tag not in tags)
        return Vocabulary(left, self._gone.values(), self.facets.values())

    def canonical(self, text: str) -> str:
        """Return the tag that a text names in any spelling (`collapse`), or the text itself if it names none.

        An exact match takes precedence over a match that ignores case and width, and that over any other spelling.
        """
        if text in self._entries or text in self._gone:
            return text
        return self._folded.get(fold(text)) or self._collapsed.get(collapse(text), text)

    def knows_as_another(self, text: str) -> bool:
        """Return whether a text is not a tag itself but, ignoring case and width, a name of one."""
        return text not in self._entries and fold(text) in self._folded

    def drops(self, text: str) -> bool:
        """Return whether a text names a deleted tag."""
        return bool(self._gone) and self.canonical(text) in self._gone

    def named(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Return the distinct tags that these names refer to, without deleted ones."""
        return tuple(dict.fromkeys(self.canonical(tag) for tag in tags if not self.drops(tag)))

    def came_as(self, text: str) -> str:
        """Return the imported name of the tag that a text names; storing this name allows renames to be undone."""
        entry = self.entry(self.canonical(text))
        return entry.came_as or entry.tag

    def facet(self, tag: str) -> str:
        """Return the tag's facet, or an empty string if it has none."""
        return self.entry(tag).facet

    def labels(self, tag: str) -> dict[str, str]:
        """Return the tag's label in each language that has one; of an attribute's tag without labels, the value."""
        entry = self.entry(tag)
        labels = {lang: forms[0] for lang, forms in entry.labels.items() if forms}
        if labels or not entry.facet:
            return labels
        attribute = Attribute.of(tag, entry.facet)
        return {language_of(attribute.value): attribute.value} if attribute else {}

    def label(self, tag: str, lang: str) -> str:
        """Return the tag's label in a language, or its name if it has none there."""
        return self.labels(tag).get(lang, tag)

    def forms(self, tag: str) -> list[str]:
        """Return all names of the tag, without duplicates."""
        return self.entry(tag).forms

    def phrases(self, tag: str) -> list[str]:
        """Return what a text may say for the tag: its names, and the value of an attribute."""
        entry = self.entry(tag)
        attribute = Attribute.of(entry.tag, entry.facet)
        return [*entry.forms, attribute.value] if attribute else entry.forms

    def entry(self, tag: str) -> Entry:
        """Return the tag's entry, or an empty entry if the vocabulary lacks the tag."""
        return self._entries.get(tag) or self._gone.get(tag) or Entry(tag)

    def ancestors(self, tag: str) -> list[str]:
        """Return all ancestors of the tag, nearest first, without duplicates; safe for cycles."""
        found: dict[str, None] = {}
        row = [tag]
        while row := [parent for each in row for parent in self.entry(each).parents if parent not in found]:
            found.update(dict.fromkeys(row))
        return [each for each in found if each != tag]

    @cached_property
    def categories(self) -> frozenset[str]:
        """The tags of taxonomies: those with parents or children, and all others of the same facets."""
        linked = {tag for entry in self for parent in entry.parents for tag in (entry.tag, parent)}
        facets = {self.facet(tag) for tag in linked} - {""}
        return frozenset(linked | {entry.tag for entry in self if entry.facet in facets})

    def clashes(self) -> list[Clash]:
        """Return the names that two tags share, ignoring differences in spelling."""
        owners: dict[tuple[Fold, str], str] = {}
        found: dict[tuple[str, str], Clash] = {}
        for tag, form in self._by_rank():
            for normalize in (fold, collapse):
                owner = owners.setdefault((normalize, normalize(form)), tag)
                if owner != tag:
                    found.setdefault((owner, tag), Clash(form, owner, tag))
        return list(found.values())

    def of_attributes(self) -> list[Entry]:
        """Return the entries whose tags name their facet, as those of attributes do."""
        return [entry for entry in self if Attribute.of(entry.tag, entry.facet)]

    def rows(self) -> list[LabelRow]:
        """Return the entries as rows for the catalogue."""
        return [
            row
            for entry in self
            for row in [
                LabelRow(entry.tag, entry.facet, lang, label, place)
                for lang, forms in entry.labels.items()
                for place, label in enumerate(forms)
            ]
            or [LabelRow(entry.tag, entry.facet, _NAMELESS, entry.tag, 0)]
        ]

    def parent_rows(self) -> list[ParentRow]:
        """Return the parents of all entries as rows for the catalogue."""
        return [ParentRow(entry.tag, parent) for entry in self for parent in entry.parents]

    def detail_rows(self) -> list[DetailRow]:
        """Return descriptions, attributes and facets as rows for the catalogue."""
        return [
            *(DetailRow("description", each.tag, *text) for each in self for text in each.descriptions.items()),
            *(DetailRow("attribute", each.tag, "", facet) for each in self for facet in each.attributes),
            *(
                DetailRow("facet label", each.name, *text)
                for each in self.facets.values()
                for text in each.labels.items()
            ),
            *(
                DetailRow("facet description", each.name, *text)
                for each in self.facets.values()
                for text in each.descriptions.items()
            ),
        ]

    @cached_property
    def _collapsed(self) -> dict[str, str]:
        # Built on first use: it is slow to build, and most texts are found by their folded names.
        found: dict[str, str] = {}
        for tag, form in self._by_rank():
            found.setdefault(collapse(form), tag)
        return found

    def _by_rank(self) -> Iterator[tuple[str, str]]:
        """Yield (tag, name) pairs in order of precedence: the tags' own names, then labels, then aliases."""
        yield from ((tag, tag) for tag in self._entries)
        ranks = max((len(forms) for entry in self for forms in entry.labels.values()), default=0)
        for rank in range(ranks):
            for entry in self:
                yield from ((entry.tag, forms[rank]) for forms in entry.labels.values() if rank < len(forms))


def language_of(name: str) -> str:
    """Return the language, "zh" or "en", that a name without a stated language is filed under."""
    return "zh" if detect_language(name) == "zh" else "en"


def from_rows(
    rows: Iterable[LabelRow], parents: Iterable[ParentRow] = (), details: Iterable[DetailRow] = ()
) -> Vocabulary:
    """Build a vocabulary from the results of its methods `rows`, `parent_rows` and `detail_rows`."""
    labels: dict[tuple[str, str], dict[str, list[tuple[int, str]]]] = {}
    above: dict[str, list[str]] = {}
    for parent in parents:
        above.setdefault(parent.tag, []).append(parent.parent)
    said: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for detail in details:
        said.setdefault(detail.kind, {}).setdefault(detail.name, []).append((detail.lang, detail.text))
    described, attributes = said.get("description", {}), said.get("attribute", {})
    facet_labels, facets_described = said.get("facet label", {}), said.get("facet description", {})
    for row in rows:
        by_lang = labels.setdefault((row.tag, row.facet), {})
        if row.lang != _NAMELESS:
            by_lang.setdefault(row.lang, []).append((row.place, row.label))
    entries = (
        Entry(
            tag,
            facet,
            {lang: _in_place(forms) for lang, forms in by_lang.items()},
            tuple(above.get(tag, ())),
            descriptions=dict(described.get(tag, ())),
            attributes=tuple(name for _, name in attributes.get(tag, ())),
        )
        for (tag, facet), by_lang in labels.items()
    )
    facets = (
        Facet(name, dict(facet_labels.get(name, ())), dict(facets_described.get(name, ())))
        for name in dict.fromkeys((*facet_labels, *facets_described))
    )
    return Vocabulary(entries, facets=facets)


def _in_place(forms: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(label for _, label in sorted(forms))
