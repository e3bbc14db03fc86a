"""Split the text of a tags cell into tags; the separator is found over the whole column.

Bars, semicolons and line breaks separate tags wherever they occur. Commas do if no bar or semicolon is there to say
otherwise, and if the column is described more briefly with them as separators: "linen, summer" beside "wool, summer"
is two tags each, "Home, Garden & Tools" on every second product is one.
"""

import ast
import contextlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from index.errors import BadInput
from index.files.typed_tags import KNOWN_NAMES, attribute_in, typed
from index.text.cleaning import clean, unescape
from index.text.folding import fold

BARS: Final = "|｜;；\n"
COMMAS: Final = ",，、"
NO_SPLIT: Final = "none"
# As a text cell, these mean that there is no value: databases, pandas and spreadsheets write them.
MISSING: Final = frozenset({"nan", "none", "null", "n/a", "#n/a", "<na>"})
_LONGEST_MISSING: Final = max(map(len, MISSING))
_NAMED: Final = {"\\n": "\n", "newline": "\n", "tab": "\t", "\\t": "\t"}
# A path of categories, such as "Home > Kitchen".
_PATH: Final = re.compile(r"(?<=\w)\s*[>＞›»]\s*(?=\w)|(?<=[^\s>])\s+[>＞›»]\s+(?=[^\s>])")
_NUMBERS: Final = re.compile(r"[\d\s,]+")
_QUOTED: Final = re.compile(r'\s*"(?:[^"]|"")*"\s*')
# pandas prints an array of NumPy without commas: ['mug' 'kitchen'].
_NO_COMMA: Final = re.compile(r"(?<=['\"])\s+(?=['\"])")
_BITS_FOR_A_CHARACTER: Final = 5.0
_MOST_CELLS: Final = 1_000_000
_NAMES_OF_A_TAG: Final = ("name", "label", "title", "value")
_LAYERS: Final = 3


def is_missing(text: str) -> bool:
    """Tell whether a cell says that there is no value."""
    text = text.strip()
    return len(text) <= _LONGEST_MISSING and text.casefold() in MISSING


@dataclass(frozen=True)
class TagSplit:
    """How a column's cells are split: at any of some characters, or at one text.

    `hashes` tells that each tag has a # in front. `found` are the separators that occur, the most frequent first, and
    `score` is from 0 to 1 how sure they are.
    """

    separators: str = BARS
    text: str = ""
    hashes: bool = False
    found: str = ""
    score: float = 1.0

    @classmethod
    def named(cls, text: str) -> "TagSplit":
        """Return the split at a text that a person chose; none at all for "none"."""
        text = "" if text == NO_SPLIT else _NAMED.get(text, text)
        return cls("", text, found=text)

    def tags(self, cell: str) -> list[Any]:
        """Return the tags of a cell, which may be a list as text. Raises `BadInput` if it is a list with a mistake."""
        return list(_split(self, cell))

    def join(self, tags: Sequence[str]) -> str:
        """Return the cell with these tags, as a JSON list if it would be split otherwise."""
        found = next((mark for mark in self.found if mark in self.separators), "")
        mark = self.text or found or self.separators[:1] or BARS[0]
        cell = " ".join(f"#{tag}" for tag in tags) if self.hashes else f"{mark}{_space_after(mark)}".join(tags)
        return cell if self.tags(cell) == list(tags) else json.dumps(list(tags), ensure_ascii=False)

    def _tags(self, cell: str) -> list[Any]:
        text = unescape(cell).strip()
        if not text or is_missing(text):
            return []
        listed = _listed(text)
        if listed is not None:
            return [tag for item in listed for tag in _items(item)]
        return [level for part in self._parts(_without_brackets(text)) for level in _levels(part)]

    def _parts(self, text: str) -> list[str]:
        if self.hashes and text.startswith("#"):
            return [part.strip(f" {BARS}{COMMAS}") for part in text[1:].split("#")]
        if self.text:
            return [bare(part) for part in outside_quotes(text, re.escape(self.text))]
        if not self.separators:
            return [text]
        return [bare(part) for part in outside_quotes(text, _pattern(self.separators, text))]


def _space_after(mark: str) -> str:
    return " " if mark in ",;" else ""


# Many products have the same tags.
@lru_cache(maxsize=1 << 15)
def _split(split: TagSplit, cell: str) -> tuple[Any, ...]:
    return tuple(split._tags(cell))


@lru_cache(maxsize=1 << 10)
def _any_of(characters: str) -> str:
    return f"[{re.escape(characters)}]"


def _pattern(separators: str, text: str) -> str:
    """Return the pattern of any separator. A comma inside a number is none, unless the cell has numbers only."""
    if "," not in separators or _NUMBERS.fullmatch(text):
        return _any_of(separators)
    return rf"{_any_of(separators.replace(',', ''))}|,(?!\d)|(?<!\d),"


def outside_quotes(text: str, pattern: str) -> list[str]:
    """Split a text at a pattern; parts in quotation marks stay whole."""
    if '"' not in text:
        return re.split(pattern, text)
    parts, begin = [], 0
    for found in re.finditer(pattern, text):
        part = text[begin : found.start()]
        if part.lstrip().startswith('"') and not _QUOTED.fullmatch(part):
            continue
        parts.append(part)
        begin = found.end()
    last = text[begin:]
    if last.lstrip().startswith('"') and not _QUOTED.fullmatch(last):
        # The quotation mark is never closed, so it is part of a tag.
        return re.split(pattern, text)
    return [*parts, last]


def bare(part: str) -> str:
    """Return a part without the quotation marks around it."""
    part = part.strip()
    return part[1:-1].replace('""', '"').strip() if len(part) > 1 and _QUOTED.fullmatch(part) else part


def _levels(tag: str) -> list[str]:
    return _PATH.split(tag) if any(mark in tag for mark in ">＞›»") else [tag]


def _items(item: Any) -> list[Any]:
    """Return an item of a list, or the items of the list that was written into it as text."""
    if isinstance(item, str) and item.startswith("["):
        with contextlib.suppress(BadInput):
            return _listed(item) or [item]
    return [item]


def _listed(text: str) -> list[Any] | None:
    """Return the items of a list in JSON or Python; `None` if the text is no list."""
    for _ in range(_LAYERS):
        if not text.startswith(("[", '"[')):
            return None
        found = _parsed(text)
        if not isinstance(found, str):
            return found
        text = found.strip()
    return None


def _parsed(text: str) -> list[Any] | str | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        if text.startswith('"'):
            return None
        found = _python_list(text)
        if found is None and re.match(r"\[\s*[\"'\[\d]", text):
            raise BadInput("row.tags-not-json", reason=error) from error
    return found if isinstance(found, (list, str)) else None


def _python_list(text: str) -> list[Any] | None:
    if not text.endswith("]"):
        return None
    try:
        found = ast.literal_eval(_NO_COMMA.sub(", ", text).replace("nan", "None"))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, list) else None


def _without_brackets(text: str) -> str:
    """Remove the brackets of a list without quotation marks: [mug, kitchen], {mug,kitchen}."""
    for opening, closing in ("[]", "{}"):
        if text[0] == opening and text[-1] == closing and len(text) > 1:
            return text[1:-1]
    return text


def named_item(item: Any) -> Any:
    """Return the name in an item that is an object, as interfaces of shops write tags; any other item as it is."""
    if isinstance(item, Mapping):
        return next((item[name] for name in _NAMES_OF_A_TAG if isinstance(item.get(name), str)), item)
    return item


class TagColumn:
    """The cells of a column of tags, counted."""

    def __init__(self) -> None:
        self._cells: Counter[str] = Counter()
        self._items: Counter[str] = Counter()
        self._counted: tuple[TagSplit, Counter[str]] | None = None

    def add(self, value: Any) -> None:
        """Take one cell, or a tuple of cells."""
        if isinstance(value, str):
            if value in self._cells or len(self._cells) < _MOST_CELLS:
                self._cells[value] += 1
        elif isinstance(value, tuple):
            for cell in value:
                self.add(cell)
        elif isinstance(value, list):
            self._items.update(item for item in map(named_item, value) if isinstance(item, str))

    def split(self) -> TagSplit:
        """Return how the column is split."""
        cells = {_text(cell): count for cell, count in self._cells.items()}
        cells.pop("", None)
        total = sum(cells.values())
        hashed = sum(count for cell, count in cells.items() if cell.startswith("#"))
        if total and hashed * 10 > total * 8:
            return TagSplit(BARS + COMMAS, hashes=True, found="#", score=hashed / total)
        split, score = _best(cells)
        occurring = Counter({mark: _count(cells, mark) for mark in split.separators})
        return replace(split, found="".join(mark for mark, count in occurring.most_common() if count), score=score)

    def attribute_names(self, split: TagSplit) -> dict[str, str]:
        """Return the names of attributes in tags such as `colour: red`, by their folded names.

        Before an equals sign any name counts. Before a colon it is a known one, or one that occurs with several values.
        """
        values: dict[str, set[str]] = {}
        spelled: dict[str, Counter[str]] = {}
        sure: set[str] = set()
        for tag, count in self._counts(split).items():
            if found := typed(tag):
                name, value, equals = found
                values.setdefault(fold(name), set()).add(fold(value))
                spelled.setdefault(fold(name), Counter())[name] += count
                sure |= {fold(name)} if equals else set()
        names = (name for name in values if name in sure or name in KNOWN_NAMES or len(values[name]) > 1)
        return {name: min(spelled[name], key=lambda each: (-spelled[name][each], each)) for name in names}

    def spellings(self, split: TagSplit, names: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
        """Return the most frequent spelling of each tag that is also spelled otherwise, by the other spellings.

        `names` are those of attributes in tags.
        """
        counts: Counter[str] = Counter()
        for tag, count in self._counts(split).items():
            attribute = attribute_in(tag, names)
            counts[attribute.tag if attribute else tag] += count
        by_name: dict[str, list[str]] = {}
        for tag in counts:
            by_name.setdefault(fold(tag), []).append(tag)
        usual: dict[str, str] = {}
        for variants in by_name.values():
            if len(variants) > 1:
                best = min(variants, key=lambda tag: (-counts[tag], tag))
                usual.update((tag, best) for tag in variants if tag != best)
        return usual

    def _counts(self, split: TagSplit) -> Counter[str]:
        if self._counted is None or self._counted[0] != split:
            counts = Counter(self._items)
            for cell, count in self._cells.items():
                for tag in _texts(split, cell):
                    counts[tag] += count
            self._counted = (split, counts)
        return self._counted[1]


def _texts(split: TagSplit, cell: str) -> Iterator[str]:
    try:
        tags = split.tags(cell)
    except BadInput:
        return
    yield from filter(None, (clean(tag) for tag in map(named_item, tags) if isinstance(tag, str)))


def _text(cell: str) -> str:
    """Return a cell to be split; empty if it is missing or a list with quotation marks."""
    text = unescape(cell).strip()
    if not text or is_missing(text):
        return ""
    try:
        return "" if _listed(text) is not None else _without_brackets(text)
    except BadInput:
        return ""


def _best(cells: Mapping[str, int]) -> tuple[TagSplit, float]:
    bars, commas = TagSplit(BARS), TagSplit(BARS + COMMAS)
    with_bars, with_commas = _count(cells, BARS), _count(cells, COMMAS, without=BARS)
    if with_bars >= with_commas:
        return bars, with_bars / (with_bars + with_commas) if with_bars else 1.0
    if with_bars:
        return commas, 1.0
    # Descriptions that differ by a bit are as one to two.
    saved = _bits(cells, bars) - _bits(cells, commas)
    sure = 1 / (1 + 2.0 ** -min(abs(saved), 100.0))
    return (commas if saved > 0 else bars), sure


def _count(cells: Mapping[str, int], having: str, *, without: str = "") -> int:
    has, has_not = re.compile(f"[{re.escape(having)}]"), re.compile(f"[{re.escape(without)}]") if without else None
    return sum(count for cell, count in cells.items() if has.search(cell) and not (has_not and has_not.search(cell)))


def _bits(cells: Mapping[str, int], split: TagSplit) -> float:
    """Return how long a description of the column is: all tags in order, and the spelling of each once."""
    items: Counter[str] = Counter()
    for cell, count in cells.items():
        for tag in split._parts(cell):
            items[fold(tag)] += count
    total = sum(items.values())
    order = sum(count * math.log2(total / count) for count in items.values())
    return order + _BITS_FOR_A_CHARACTER * sum(map(len, items))
