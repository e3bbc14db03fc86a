"""Read and write a vocabulary as a TSV table.

There are columns for tag, facet, parents and description, and one per language for labels. Descriptions in several
languages have a column each, such as description:zh; the language of a plain description is detected.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from index.errors import BadInput
from index.messages import Message
from index.text.language import detect_language
from tagger.vocabulary.formats.hierarchy import check_parents
from tagger.vocabulary.formats.text_file import open_text
from tagger.vocabulary.vocabulary import Entry, Vocabulary

COLUMNS = ("tag", "facet", "parent", "description")
_DESCRIPTION = "description:"
_USUAL = ("zh", "en")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_FIELD_LIMIT_CHARS = 1 << 20


def read_tsv(path: Path) -> Vocabulary:
    """Read a vocabulary from a table.

    Cells may hold several values, separated by |: several parents, or a label followed by aliases. Raises `BadInput`
    with the line at fault.
    """
    csv.field_size_limit(_FIELD_LIMIT_CHARS)
    with open_text(path) as file:
        try:
            found = list(_entries(file, path))
        except csv.Error as error:
            raise BadInput("file.cannot-read", path=path, reason=error) from error
    check_parents([entry for _, entry in found], [place for place, _ in found])
    return Vocabulary(entry for _, entry in found)


def has_header(line: str) -> bool:
    """Return whether this first line of a file is the header of such a table."""
    return "tag" in line.rstrip("\r\n").split("\t")


def _entries(file: TextIO, path: Path) -> Iterator[tuple[str, Entry]]:
    reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    languages = _languages(reader.fieldnames or (), path)
    seen: dict[str, int] = {}
    for row in reader:
        place = f"{path} line {reader.line_num}"
        entry = _entry(row, languages, place)
        if entry.tag in seen:
            raise BadInput("vocabulary.duplicate", place=place, tag=entry.tag, first=seen[entry.tag])
        seen[entry.tag] = reader.line_num
        yield place, entry


def _languages(columns: Sequence[str], path: Path) -> list[str]:
    named = [column for column in columns if column not in COLUMNS]
    wrong = [column for column in named if not _LANGUAGE.fullmatch(column.removeprefix(_DESCRIPTION))]
    languages = [column for column in named if not column.startswith(_DESCRIPTION)]
    if "tag" not in columns or wrong or len(set(columns)) != len(columns):
        raise BadInput("vocabulary.columns", path=path, found=", ".join(map(repr, columns)) or Message("none"))
    return languages


def _entry(row: Mapping[str | None, str | None], languages: Iterable[str], place: str) -> Entry:
    if None in row:
        raise BadInput("vocabulary.too-many-cells", place=place)
    tag = (row["tag"] or "").strip()
    if not tag:
        raise BadInput("vocabulary.no-tag", place=place)
    labels = {lang: _split(row[lang]) for lang in languages}
    facet = (row.get("facet") or "").strip()
    return Entry(
        tag,
        facet,
        {lang: forms for lang, forms in labels.items() if forms},
        _split(row.get("parent")),
        descriptions=dict(_descriptions(row)),
    )


def _descriptions(row: Mapping[str | None, str | None]) -> Iterator[tuple[str, str]]:
    for column, cell in row.items():
        text = (cell or "").strip() if column and column.startswith("description") else ""
        if column and text:
            _, given, lang = column.partition(":")
            yield (lang if given else detect_language(text)), text


def _split(cell: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form.strip() for form in (cell or "").split("|") if form.strip()))


def write_tsv(entries: Iterable[Entry], path: Path) -> None:
    """Write entries for `read_tsv`; raises `BadInput` for a name that contains a tab, a line break or |."""
    entries = list(entries)
    languages = list(dict.fromkeys([*_USUAL, *(lang for entry in entries for lang in entry.labels)]))
    with_parents = any(entry.parents for entry in entries)
    described = list(dict.fromkeys(lang for entry in entries for lang in entry.descriptions))
    rows = [
        [*COLUMNS[: 3 if with_parents else 2], *languages, *(f"{_DESCRIPTION}{lang}" for lang in described)],
    ]
    for entry in entries:
        parents = [_join(entry.parents)] if with_parents else []
        labels = [_join(entry.labels.get(lang, ())) for lang in languages]
        descriptions = [_whole(entry.descriptions.get(lang, "")) for lang in described]
        rows.append([_whole(entry.tag), _whole(entry.facet), *parents, *labels, *descriptions])
    # Opened only after all names were checked, so that a refused name leaves an existing file unchanged.
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n")
        writer.writerows(rows)


def _join(forms: Iterable[str]) -> str:
    forms = list(forms)
    for form in forms:
        if "|" in form:
            raise BadInput("vocabulary.bar", text=form)
    return "|".join(map(_whole, forms))


def _whole(text: str) -> str:
    if any(separator in text for separator in "\t\r\n"):
        raise BadInput("vocabulary.separator", text=text)
    return text
