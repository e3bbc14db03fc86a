"""Read a taxonomy with an id, an English and a Chinese name per line, such as the packaged ones from Shopify.

Names are paths ("Pet Supplies > Bird Supplies"), or values followed by their attribute ("Cotton [Fabric]"). A tag is
named by the last part alone if that is unique, else with its parent ("Accessories [Bird Supplies]"), else by the whole
path. Values with the same name in both languages are one tag; values that differ in one language are two.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import BadInput
from index.text.folding import fold
from tagger.vocabulary.formats.text_file import open_text
from tagger.vocabulary.vocabulary import Entry, Vocabulary

_STEP = " > "
_VALUE = re.compile(r"(?P<name>.+) \[(?P<of>[^\[\]]+)\]")
_COLUMNS = 3


@dataclass(frozen=True)
class _Line:
    """One line: its names in each language from short to long, its path, its parent's path, and its attribute."""

    en: tuple[str, ...]
    zh: tuple[str, ...]
    path: str
    above: str
    of: str


def read_taxonomy(path: Path) -> Vocabulary:
    """Read tags with their labels and parents; raises `BadInput` with the line at fault."""
    lines = _one_for_equal_values(_lines(path))
    tags = distinct([line.en for line in lines])
    chinese = distinct([line.zh for line in lines])
    by_path = {line.path: tag for line, tag in zip(lines, tags, strict=True)}
    return Vocabulary(
        Entry(tag, line.of, {"en": (tag,), "zh": (label,)}, (by_path[line.above],) if line.above else ())
        for line, tag, label in zip(lines, tags, chinese, strict=True)
    )


def distinct(names: Sequence[Sequence[str]]) -> list[str]:
    """Return for each list of names the first name that is in no other list, else its last name."""
    counts = Counter(form for each in names for form in set(map(fold, each)))
    return [next((name for name in each if counts[fold(name)] == 1), each[-1]) for each in names]


def _lines(path: Path) -> list[_Line]:
    found: dict[str, _Line] = {}
    numbers: dict[str, int] = {}
    with open_text(path) as file:
        for number, text in enumerate(file, 1):
            id, line = _line(text, f"{path} line {number}")
            for known in (id, line.path):
                if known in numbers:
                    raise BadInput("taxonomy.duplicate", file=path, line=number, name=known, first=numbers[known])
            numbers |= {id: number, line.path: number}
            found[line.path] = line
    for line in found.values():
        if line.above and line.above not in found:
            raise BadInput("taxonomy.no-parent", file=path, line=numbers[line.path], parent=line.above)
    return list(found.values())


def _line(text: str, place: str) -> tuple[str, _Line]:
    cells = [cell.strip() for cell in text.rstrip("\r\n").split("\t")]
    if len(cells) != _COLUMNS or not all(cells):
        raise BadInput("taxonomy.columns", place=place)
    id, en, zh = cells
    value = _VALUE.fullmatch(en)
    above = "" if value else en.rpartition(_STEP)[0]
    return id, _Line(names_of(en), names_of(zh), en, above, value["of"] if value else "")


def names_of(text: str) -> tuple[str, ...]:
    """Return the possible names of a line, from the shortest to the full text."""
    if value := _VALUE.fullmatch(text):
        return value["name"], text
    *above, name = text.split(_STEP)
    return (name, f"{name} [{above[-1]}]", text) if above else (name,)


def _one_for_equal_values(lines: Iterable[_Line]) -> list[_Line]:
    found: dict[tuple[str, ...], _Line] = {}
    for line in lines:
        key = (line.en[0], line.zh[0]) if line.of else (line.path,)
        first = found.setdefault(key, line)
        if first.of != line.of:
            # A value of several attributes belongs to none in particular.
            found[key] = _Line(first.en, first.zh, first.path, "", "")
    return list(found.values())
