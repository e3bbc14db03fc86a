"""The tags there are: their facets, and what they are called in each language."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.catalogue import LabelRow
from index.errors import BadInput

# Two letters or digits that stand together in one word; Chinese has no word borders in writing.
_JOINED = re.compile(r"[^\W_\u3400-\u9fff]{2}")
COLUMNS = ("tag", "facet", "zh", "en")
_LANGUAGES = ("zh", "en")
_FIELD_LIMIT_CHARS = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One tag; per language its label first, then its aliases."""

    tag: str
    facet: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Vocabulary:
    """Entries by tag, and tags by any way of writing one of their labels."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = {entry.tag: entry for entry in entries}
        self._canonical: dict[str, str] = {}
        # Labels before aliases: where an alias of one tag is the name of another, the name wins.
        for rank in range(
            1 + max((len(forms) for each in self._entries.values() for forms in each.labels.values()), default=0)
        ):
            for entry in self._entries.values():
                named = (
                    [entry.tag]
                    if rank == 0
                    else [forms[rank - 1] for forms in entry.labels.values() if rank <= len(forms)]
                )
                for form in named:
                    self._canonical.setdefault(folded(form), entry.tag)

    def __len__(self) -> int:
        """Return the number of tags."""
        return len(self._entries)

    def __contains__(self, tag: object) -> bool:
        """Tell whether this very tag is in the vocabulary."""
        return tag in self._entries

    @property
    def tags(self) -> list[str]:
        """Return the tags in their order."""
        return list(self._entries)

    def with_tags(self, tags: Iterable[str]) -> "Vocabulary":
        """Return a vocabulary that has these tags too."""
        return Vocabulary([*self._entries.values(), *(Entry(tag) for tag in tags if tag not in self._entries)])

    def canonical(self, text: str) -> str:
        """Return the tag that a text names, whatever its case or width; a text that names none is returned as it is."""
        return self._canonical.get(folded(text), text)

    def facet(self, tag: str) -> str:
        """Return the tag's facet, empty where it has none."""
        return self._entries[tag].facet if tag in self._entries else ""

    def labels(self, tag: str) -> dict[str, str]:
        """Return what the tag is called, by language."""
        entry = self._entries.get(tag)
        return {lang: forms[0] for lang, forms in entry.labels.items() if forms} if entry else {}

    def forms(self, tag: str) -> list[str]:
        """Return every way of saying the tag, without repetition."""
        entry = self._entries.get(tag, Entry(tag))
        return list(dict.fromkeys([tag, *(form for forms in entry.labels.values() for form in forms)]))

    def rows(self) -> list[LabelRow]:
        """Return the entries as rows for the catalogue."""
        return [
            LabelRow(entry.tag, entry.facet, lang, label, place)
            for entry in self._entries.values()
            for lang, forms in entry.labels.items()
            for place, label in enumerate(forms)
        ]


def folded(text: str) -> str:
    """Return the text with case, width and white space folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def stands(form: str, text: str) -> bool:
    """Tell whether a name stands in a text, both folded: as words of its own in writing that has spaces."""
    start = text.find(form) if form else -1
    while start >= 0:
        end = start + len(form)
        if not (_one_word(text[start - 1 : start + 1]) or _one_word(text[end - 1 : end + 1])):
            return True
        start = text.find(form, start + 1)
    return False


def _one_word(pair: str) -> bool:
    return len(pair) == 2 and bool(_JOINED.fullmatch(pair))


def from_rows(rows: Iterable[LabelRow]) -> Vocabulary:
    """Build the vocabulary that `Vocabulary.rows` gave."""
    labels: dict[tuple[str, str], dict[str, list[tuple[int, str]]]] = {}
    for row in rows:
        labels.setdefault((row.tag, row.facet), {}).setdefault(row.lang, []).append((row.place, row.label))
    return Vocabulary(
        Entry(tag, facet, {lang: tuple(label for _, label in sorted(forms)) for lang, forms in by_lang.items()})
        for (tag, facet), by_lang in labels.items()
    )


def read_tsv(path: Path) -> Vocabulary:
    """Read a vocabulary: columns tag, facet, zh, en; a label may be followed by aliases, split at |.

    Raises `BadInput` that names the line.
    """
    if not path.is_file():
        raise BadInput(f"no file {path}")
    csv.field_size_limit(_FIELD_LIMIT_CHARS)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return Vocabulary(_entries(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE), path))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error


def _entries(reader: "csv.DictReader[str]", path: Path) -> Iterator[Entry]:
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise BadInput(f"{path} must have the columns {', '.join(COLUMNS)}, split by tabs")
    seen: set[str] = set()
    for row in reader:
        entry = _entry(row, f"{path} line {reader.line_num}")
        if entry.tag in seen:
            raise BadInput(f"{path} line {reader.line_num}: the tag {entry.tag!r} stands there twice")
        seen.add(entry.tag)
        yield entry


def _entry(row: Mapping[str, str | None], place: str) -> Entry:
    if not (row["tag"] or "").strip():
        raise BadInput(f"{place}: no tag")
    labels = {lang: tuple(form.strip() for form in (row[lang] or "").split("|") if form.strip()) for lang in _LANGUAGES}
    return Entry(
        str(row["tag"]).strip(), (row["facet"] or "").strip(), {lang: forms for lang, forms in labels.items() if forms}
    )


def write_tsv(entries: Iterable[Entry], path: Path) -> None:
    """Write entries so that `read_tsv` reads them back."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([e.tag, e.facet, *("|".join(e.labels.get(lang, ())) for lang in _LANGUAGES)] for e in entries)
