"""Tags with what they are called in each language, and the tag that any way of writing one of these names."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.catalogue.catalogue import LabelRow, ParentRow
from index.text.folding import fold
from tagger.vocabulary.normalize import collapse

# The language of a row that only says that a tag is there.
_NAMELESS = ""
Fold = Callable[[str], str]


@dataclass(frozen=True)
class Entry:
    """One tag; per language its label first, then its aliases; above it its parents.

    `came_as` is the name that products have it by, where it was renamed since.
    """

    tag: str
    facet: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    came_as: str = ""

    @property
    def forms(self) -> list[str]:
        """Return every way of saying the tag, without repetition."""
        return list(dict.fromkeys([self.tag, *(form for forms in self.labels.values() for form in forms)]))


@dataclass(frozen=True)
class Clash:
    """Two tags with names that are spelled alike: what is neither's exact name, such as `text` is, means `tag`."""

    text: str
    tag: str
    other: str

    def __str__(self) -> str:
        """Say which tags share which name."""
        return f"{self.tag!r} and {self.other!r} ({self.text!r})"


class Vocabulary:
    """Entries by tag, and tags by any way of writing one of their labels.

    Where several tags could be meant, a tag's own name goes before a first label, and that before an alias; among
    equals the earlier tag. `clashes` tells where that had to decide. `gone` are tags that were deleted: not among the
    others, but their names still mean them.
    """

    def __init__(self, entries: Iterable[Entry] = (), gone: Iterable[Entry] = ()) -> None:
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
        """Tell whether this very tag is in the vocabulary."""
        return tag in self._entries

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over the entries in their order."""
        return iter(self._entries.values())

    @property
    def tags(self) -> list[str]:
        """Return the tags in their order."""
        return list(self._entries)

    def with_tags(self, tags: Iterable[str]) -> "Vocabulary":
        """Return a vocabulary that has these tags too."""
        return Vocabulary([*self, *(Entry(tag) for tag in tags if tag not in self._entries)], self._gone.values())

    def without(self, tags: Collection[str]) -> "Vocabulary":
        """Return a vocabulary that lacks these tags."""
        return Vocabulary((entry for entry in self if entry.tag not in tags), self._gone.values())

    def canonical(self, text: str) -> str:
        """Return the tag that a text names, however it is spelled (`collapse`); one that names none as it is.

        What a text names exactly, or but for case and width, goes before what it names in another spelling.
        """
        if text in self._entries or text in self._gone:
            return text
        return self._folded.get(fold(text)) or self._collapsed.get(collapse(text), text)

    def knows_as_another(self, text: str) -> bool:
        """Tell whether a text is, but for case and width, a name of a tag that is not called so itself."""
        return text not in self._entries and fold(text) in self._folded

    def drops(self, text: str) -> bool:
        """Tell whether a text names a tag that was deleted."""
        return bool(self._gone) and self.canonical(text) in self._gone

    def named(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Return tags under their own names, each once, without those that were deleted."""
        return tuple(dict.fromkeys(self.canonical(tag) for tag in tags if not self.drops(tag)))

    def came_as(self, text: str) -> str:
        """Return the name by which to write down the tag that a text names, so that renaming it can be undone."""
        entry = self.entry(self.canonical(text))
        return entry.came_as or entry.tag

    def facet(self, tag: str) -> str:
        """Return the tag's facet, empty where it has none."""
        return self.entry(tag).facet

    def labels(self, tag: str) -> dict[str, str]:
        """Return what the tag is called, by language."""
        return {lang: forms[0] for lang, forms in self.entry(tag).labels.items() if forms}

    def label(self, tag: str, lang: str) -> str:
        """Return what the tag is called in a language, its own name where it has no label there."""
        return self.labels(tag).get(lang, tag)

    def forms(self, tag: str) -> list[str]:
        """Return every way of saying the tag, without repetition."""
        return self.entry(tag).forms

    def entry(self, tag: str) -> Entry:
        """Return the tag's entry, an empty one where the vocabulary lacks it."""
        return self._entries.get(tag) or self._gone.get(tag) or Entry(tag)

    def ancestors(self, tag: str) -> list[str]:
        """Return the tags above, the nearest first, each once; a circle ends where it began."""
        found: dict[str, None] = {}
        row = [tag]
        while row := [parent for each in row for parent in self.entry(each).parents if parent not in found]:
            found.update(dict.fromkeys(row))
        return [each for each in found if each != tag]

    def clashes(self) -> list[Clash]:
        """Return the names that several tags share, as they are or in another spelling."""
        owners: dict[tuple[Fold, str], str] = {}
        found: dict[tuple[str, str], Clash] = {}
        for tag, form in self._by_rank():
            for normalize in (fold, collapse):
                owner = owners.setdefault((normalize, normalize(form)), tag)
                if owner != tag:
                    found.setdefault((owner, tag), Clash(form, owner, tag))
        return list(found.values())

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
        """Return what stands above what as rows for the catalogue."""
        return [ParentRow(entry.tag, parent) for entry in self for parent in entry.parents]

    @cached_property
    def _collapsed(self) -> dict[str, str]:
        # Made when first asked for: it takes long beside the folded names, which most texts are found by.
        found: dict[str, str] = {}
        for tag, form in self._by_rank():
            found.setdefault(collapse(form), tag)
        return found

    def _by_rank(self) -> Iterator[tuple[str, str]]:
        """Yield tags with one of their forms each: all names, then all first labels, then the aliases."""
        yield from ((tag, tag) for tag in self._entries)
        ranks = max((len(forms) for entry in self for forms in entry.labels.values()), default=0)
        for rank in range(ranks):
            for entry in self:
                yield from ((entry.tag, forms[rank]) for forms in entry.labels.values() if rank < len(forms))


def from_rows(rows: Iterable[LabelRow], parents: Iterable[ParentRow] = ()) -> Vocabulary:
    """Build the vocabulary that `Vocabulary.rows` and `Vocabulary.parent_rows` gave."""
    labels: dict[tuple[str, str], dict[str, list[tuple[int, str]]]] = {}
    above: dict[str, list[str]] = {}
    for parent in parents:
        above.setdefault(parent.tag, []).append(parent.parent)
    for row in rows:
        by_lang = labels.setdefault((row.tag, row.facet), {})
        if row.lang != _NAMELESS:
            by_lang.setdefault(row.lang, []).append((row.place, row.label))
    return Vocabulary(
        Entry(tag, facet, {lang: _in_place(forms) for lang, forms in by_lang.items()}, tuple(above.get(tag, ())))
        for (tag, facet), by_lang in labels.items()
    )


def _in_place(forms: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(label for _, label in sorted(forms))
