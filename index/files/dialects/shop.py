"""A dialect as a table: the names of its columns, how its tags are written, which rows are one product."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from index.files.columns import FIELDS, Columns, column_of
from index.files.dialects.attributes import distinct, values_in
from index.files.dialects.base import Row, TagCell, TagFormat
from index.files.dialects.locales import in_languages, language_of
from index.files.dialects.tag_formats import unchanged
from index.files.field_names import plain
from index.product import Attribute, Translation

_TEXTS: Final = ("title", "description")
# A file that has all columns that a shop's files must have is sure to this degree, without the others.
_SURE: Final = 0.6


def _alone(row: Row) -> str:
    return ""


def _first(rows: Sequence[Row]) -> Row:
    return rows[0]


def _nothing(rows: Sequence[Row]) -> Iterable[Any]:
    return ()


@dataclass(frozen=True)
class TagSource:
    """Columns that hold the same tags; the first one that a file has is read. `numbered` matches further ones.

    In files with languages, each language has a column.
    """

    names: Sequence[str]
    format: TagFormat
    numbered: str = ""


@dataclass(frozen=True)
class Shop:
    """The files of one shop's program.

    `columns` has the names of each field's columns, as `plain` writes them, the best first. A file is recognised if it
    has one of each group in `required`; the more of `typical` it has, the surer. New tags are written into the first of
    `tags` that a file has. `patterns` match the names of further columns that are read. The functions get rows by plain
    names: `key` tells which rows are one product, `main` is the row with its fields, `attributes` and `views` find its
    attributes and the rows in other languages. If a cell matches the pattern of its column in `cells`, a file needs
    nothing of the last group in `required`. `text` turns a cell into a text, `simple` the name of a column into a plain
    one.
    """

    name: str
    columns: Mapping[str, Sequence[str]]
    required: Sequence[Sequence[str]]
    tags: Sequence[TagSource]
    typical: frozenset[str] = frozenset()
    patterns: Sequence[str] = ()
    key: Callable[[Row], str] = _alone
    main: Callable[[Sequence[Row]], Row] = _first
    attributes: Callable[[Sequence[Row]], Iterable[Attribute]] = _nothing
    views: Callable[[Sequence[Row]], Iterable[tuple[str, Row]]] = _nothing
    text: Callable[[str], str] = unchanged
    simple: Callable[[str], str] = plain
    cells: Mapping[str, str] = field(default_factory=dict)

    def recognise(self, columns: Sequence[str], rows: Sequence[Row]) -> float:
        """Return how sure it is that a file with these columns comes from the shop."""
        localisable = [name for each in _TEXTS for name in self.columns.get(each, ())]
        names = set(map(self.simple, columns)) | {each.base for each in in_languages(columns, localisable)}
        groups = self.required[:-1] if self._has_its_cells(rows) else self.required
        if any(names.isdisjoint(group) for group in groups):
            return 0.0
        share = len(names & self.typical) / len(self.typical) if self.typical else 1.0
        return _SURE + (1 - _SURE) * share

    def _has_its_cells(self, rows: Sequence[Row]) -> bool:
        """Tell whether one of the first rows has a cell that only the shop writes."""
        return any(
            re.search(self.cells[name], cell)
            for row in rows
            for column, cell in row.items()
            if isinstance(cell, str) and isinstance(column, str) and (name := self.simple(column)) in self.cells
        )

    def read(self, columns: Sequence[str], chosen: Columns, split: TagFormat | None = None) -> "ShopReading":
        """Return how a file with these columns is read."""
        return ShopReading(self, columns, chosen, split)


class ShopReading:
    """How one file of a shop is read."""

    def __init__(self, shop: Shop, columns: Sequence[str], chosen: Columns, split: TagFormat | None) -> None:
        self._shop = shop
        self._by_name = {shop.simple(column): column for column in reversed(columns)}
        self._fields = {name: self._columns_of(name, columns, chosen) for name in FIELDS}
        self._chosen = [each for name in chosen.attributes if (each := column_of(name, columns))]
        self._languages = self._languages_of(columns, chosen)
        cells = self._cells(columns, split)
        self._mapped = self._mapped_tags(columns, chosen, cells)
        self.tag_cells: Sequence[TagCell] = () if self._mapped is not None else cells
        self._read = self._read_columns()

    @property
    def fields(self) -> Mapping[str, str]:
        """The column that each field is mainly read from."""
        found = {name: next(iter(of_field.values())) for name, of_field in self._languages.items()}
        found |= {name: columns[0] for name, columns in self._fields.items() if columns}
        if self._mapped or self.tag_cells:
            found["tags"] = self._mapped or self.tag_cells[0].column
        return found

    @property
    def used(self) -> frozenset[str]:
        """All columns that something is read from."""
        texts = (column for of_field in self._languages.values() for column in of_field.values())
        tags = (each.column for each in self.tag_cells)
        fields = (column for of_field in self._fields.values() for column in of_field)
        more = [self._mapped] if self._mapped else []
        return frozenset([*self._read.values(), *fields, *tags, *more, *self._chosen, *texts])

    def key(self, row: Row) -> str:
        """Return what rows of the same product share."""
        return self._shop.key(self._named(row))

    def tags(self, row: Row) -> Any:
        """Return the tags in one row."""
        return row.get(self._mapped) if self._mapped is not None else self._tags([row])

    def record(self, rows: Sequence[Row]) -> Row:
        """Return the product of some rows, by field."""
        named = [self._named(row) for row in rows]
        main = self._shop.main(named)
        raw = rows[next(place for place, row in enumerate(named) if row is main)]
        record = {name: self._value(raw, name) for name in ("id", "title", "description", "lang")}
        translations = self._translations(raw, record) + self._views(rows, named, main)
        record["tags"] = raw.get(self._mapped) if self._mapped is not None else self._tags(rows)
        record["attributes"] = distinct([*self._shop.attributes(named), *self._chosen_attributes(rows)])
        record["translations"] = translations
        return record

    def _value(self, row: Row, name: str) -> Any:
        found = next((row[each] for each in self._fields[name] if row.get(each) not in (None, "")), None)
        return self._shop.text(found) if isinstance(found, str) and name in _TEXTS else found

    def _translations(self, row: Row, record: dict[str, Any]) -> list[Translation]:
        """Return the texts in other languages; the first language that has a title is the product's own."""
        codes = dict.fromkeys(code for name in _TEXTS for code in self._languages.get(name, {}))
        found = [each for code in codes if (each := self._in_language(row, code))]
        if record["title"] in (None, "") and found:
            own = next((each for each in found if each.title), found[0])
            record.update(title=own.title, description=record["description"] or own.description, lang=own.lang)
            found.remove(own)
        return found

    def _in_language(self, row: Row, code: str) -> Translation | None:
        cells = (row.get(self._languages.get(name, {}).get(code, "")) for name in _TEXTS)
        title, description = (self._shop.text(cell) if isinstance(cell, str) else "" for cell in cells)
        return Translation(language_of(code), title, description) if title or description else None

    def _views(self, rows: Sequence[Row], named: Sequence[Row], main: Row) -> list[Translation]:
        found = []
        for lang, view in self._shop.views(named):
            row = rows[next(place for place, each in enumerate(named) if each is view)]
            title, description = (self._value(row, name) for name in _TEXTS)
            if view is not main and (title or description):
                found.append(Translation(lang, str(title or ""), str(description or "")))
        return found

    def _tags(self, rows: Sequence[Row]) -> list[Any]:
        found: list[Any] = []
        for row in rows:
            for cell in self.tag_cells:
                value = row.get(cell.column)
                if isinstance(value, str):
                    found += cell.format.tags(value)
                elif isinstance(value, list | tuple):
                    found += [tag for each in value for tag in _tags_in(each, cell.format)]
                elif value is not None:
                    found += cell.format.tags(str(value))
        return found

    def _chosen_attributes(self, rows: Sequence[Row]) -> Iterable[Attribute]:
        return (each for row in rows for column in self._chosen for each in values_in(column, row.get(column)))

    def _named(self, row: Row) -> dict[str, Any]:
        return {name: row.get(column) for name, column in self._read.items()}

    def _columns_of(self, name: str, columns: Sequence[str], chosen: Columns) -> list[str]:
        own = [self._by_name[each] for each in self._shop.columns.get(name, ()) if each in self._by_name]
        if name == "tags" or name not in chosen.names or own[:1] == [chosen.names[name]]:
            return own
        mapped = column_of(chosen.names[name], columns)
        return [mapped] if mapped else []

    def _languages_of(self, columns: Sequence[str], chosen: Columns) -> dict[str, dict[str, str]]:
        """Return the columns in each language, by field; the first one counts if a language has several."""
        found: dict[str, dict[str, str]] = {}
        for name in _TEXTS:
            own = in_languages(columns, self._shop.columns.get(name, ()))
            if chosen.names.get(name) in (None, *(each.column for each in own[:1])):
                for each in own:
                    found.setdefault(name, {}).setdefault(each.code, each.column)
        return found

    def _mapped_tags(self, columns: Sequence[str], chosen: Columns, cells: Sequence[TagCell]) -> str | None:
        """Return the column of tags that a person chose in place of the shop's own; `None` if none was chosen."""
        wanted = chosen.names.get("tags")
        if wanted is None or wanted in [each.column for each in cells[:1]]:
            return None
        return column_of(wanted, columns) or ""

    def _cells(self, columns: Sequence[str], split: TagFormat | None) -> list[TagCell]:
        cells = [
            TagCell(column, each.format) for each in self._shop.tags for column in self._tag_columns(each, columns)
        ]
        if split and cells:
            cells[0] = TagCell(cells[0].column, split)
        return cells

    def _tag_columns(self, source: TagSource, columns: Sequence[str]) -> Iterable[str]:
        own = next(([self._by_name[name]] for name in source.names if name in self._by_name), [])
        localised = [each.column for each in in_languages(columns, source.names)]
        numbered = [column for name, column in reversed(self._by_name.items()) if re.fullmatch(source.numbered, name)]
        return dict.fromkeys([*own, *localised, *numbered])

    def _read_columns(self) -> dict[str, str]:
        """Return the columns that the shop's functions read, by their plain names."""
        matches = re.compile("|".join(f"(?:{pattern})" for pattern in self._shop.patterns) or "\\Z").fullmatch
        return {name: column for name, column in reversed(self._by_name.items()) if matches(name)}


def _tags_in(item: Any, format: TagFormat) -> list[Any]:
    return format.tags(item) if isinstance(item, str) else [item]
