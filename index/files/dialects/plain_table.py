"""A table of products, one in each row: our own columns, or other names that shops use for them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from index.files.columns import FIELDS, Columns, column_of, resolve
from index.files.dialects.attributes import attributes_in, distinct, values_in
from index.files.dialects.base import Row, TagCell, TagFormat
from index.files.dialects.locales import Localised, in_languages, translations_in
from index.files.field_names import NAMES
from index.product import Translation

# Any shop that recognises its file is surer.
_SURE: Final = 0.3
_ATTRIBUTES: Final = "attributes"
_TRANSLATIONS: Final = "translations"


class PlainTable:
    """A dialect for all tables that no other dialect recognises."""

    name = "plain"

    def recognise(self, columns: Sequence[str], rows: Sequence[Row]) -> float:
        """Return the same for every file."""
        return _SURE

    def read(self, columns: Sequence[str], chosen: Columns, split: TagFormat | None = None) -> "PlainReading":
        """Return how a file with these columns is read."""
        return PlainReading(columns, chosen)


PLAIN: Final = PlainTable()


class PlainReading:
    """How one table is read. How its tags are separated is found out over their column."""

    tag_cells: Sequence[TagCell] = ()

    def __init__(self, columns: Sequence[str], chosen: Columns) -> None:
        chosen = _otherwise(chosen, columns)
        self._own = resolve(chosen, columns)
        self._columns = [(name, self._own[name]) for name in FIELDS if name in self._own]
        self._tags = self._own.get("tags", "")
        self._attributes = [each for name in chosen.attributes if (each := column_of(name, columns))]
        self._given = [name for name in (_ATTRIBUTES, _TRANSLATIONS) if name in columns]
        self._more_tags = self._in_languages("tags", columns, chosen)
        self._titles = self._in_languages("title", columns, chosen)
        self._descriptions = self._in_languages("description", columns, chosen)
        self._simple = not (self._attributes or self._given or self._more_tags or self._titles or self._descriptions)

    @property
    def fields(self) -> Mapping[str, str]:
        """The column that each field is mainly read from."""
        localised = {"title": self._titles, "description": self._descriptions, "tags": self._more_tags}
        return {**{name: columns[0].column for name, columns in localised.items() if columns}, **self._own}

    @property
    def used(self) -> frozenset[str]:
        """All columns that something is read from."""
        localised = (each.column for each in (*self._titles, *self._descriptions, *self._more_tags))
        return frozenset([*self._own.values(), *self._attributes, *self._given, *localised])

    def key(self, row: Row) -> str:
        """Return nothing: each row is a product."""
        return ""

    def tags(self, row: Row) -> Any:
        """Return the tags in one row: a cell, or a tuple of cells in several languages."""
        cell = row.get(self._tags)
        return (cell, *(row.get(each.column) for each in self._more_tags)) if self._more_tags else cell

    def record(self, rows: Sequence[Row]) -> Row:
        """Return the product of a row, by field."""
        [row] = rows
        record = {name: row.get(column) for name, column in self._columns}
        if self._simple:
            return record
        record["tags"] = self.tags(row)
        chosen = (each for column in self._attributes for each in values_in(column, row.get(column)))
        record[_ATTRIBUTES] = distinct([*attributes_in(row.get(_ATTRIBUTES)), *chosen])
        record[_TRANSLATIONS] = [*translations_in(row.get(_TRANSLATIONS)), *self._translations(row)]
        self._fill(record)
        return record

    def _translations(self, row: Row) -> list[Translation]:
        codes = {each.code: each.lang for each in (*self._titles, *self._descriptions)}
        found = [
            Translation(lang, _in(code, self._titles, row), _in(code, self._descriptions, row))
            for code, lang in codes.items()
        ]
        return [each for each in found if each.title or each.description]

    def _fill(self, record: dict[str, Any]) -> None:
        """Take the first language for the product's own if it has no text without a language."""
        if record.get("title") or not record[_TRANSLATIONS]:
            return
        own = next((each for each in record[_TRANSLATIONS] if each.title), record[_TRANSLATIONS][0])
        record[_TRANSLATIONS].remove(own)
        record.update(title=own.title, description=record.get("description") or own.description)
        record["lang"] = record.get("lang") or own.lang

    def _in_languages(self, name: str, columns: Sequence[str], chosen: Columns) -> list[Localised]:
        """Return the columns of a field in several languages; none if a person named the field's column."""
        if name in chosen.names:
            return []
        names = [column for column in columns if isinstance(column, str)]
        return [each for each in in_languages(names, NAMES[name]) if each.column != self._own.get(name)]


def _otherwise(chosen: Columns, columns: Sequence[str]) -> Columns:
    """Return the columns that a person chose other than they would be found."""
    found = PlainReading(columns, Columns()).fields if chosen.names else {}
    names = {name: column for name, column in chosen.names.items() if found.get(name) != column}
    return replace(chosen, names=names)


def _in(code: str, columns: Sequence[Localised], row: Row) -> str:
    cells = (row.get(each.column) for each in columns if each.code == code)
    return next((cell for cell in cells if isinstance(cell, str) and cell.strip()), "")
